/** Faults of re-entrant locks. */
import type { Mutant } from '../support/mutant.ts'

const FILE = 'src/sync/rlock.ts'

export const mutants: readonly Mutant[] = [
  {
    name: 'whoever holds it does not look for others when it was rung in their place',
    file: FILE,
    from: `    if (this.stack.length > 0 && this.site?.waiting) this.passOn()\n`,
    to: ``,
  },
  {
    name: 'everybody of the thread that holds it is let in',
    file: FILE,
    from: `    return top !== undefined && (top === owner ||`,
    to: `    return top !== undefined && (true ||`,
  },
  {
    name: 'its owner is not let in again',
    file: FILE,
    from: `    return top !== undefined && (top === owner ||`,
    to: `    return top !== undefined && (`,
  },
  {
    name: 'the first release frees it',
    file: FILE,
    from: `    if (this.stack.length === 0) this.free()\n`,
    to: `    if (this.stack.length < 2) this.free()\n`,
  },
  {
    name: 'the last release frees nothing',
    file: FILE,
    from: `    if (this.stack.length === 0) this.free()\n`,
    to: `    if (this.stack.length < 0) this.free()\n`,
  },
  {
    name: 'a token gives back another holding than its own',
    file: FILE,
    from: `    if (index >= 0) this.drop(index)\n`,
    to: `    this.drop(index)\n`,
  },
  {
    name: 'it is taken for an arm whose choice is settled',
    file: FILE,
    from: `this.head === null || this.head.spent ? null : this.head`,
    to: `this.head`,
    survives: 'what a settled choice is granted it gives back at once',
  },
  {
    name: 'it is handed to the next of its thread and given to all',
    file: FILE,
    from: `      this.handing = true
      this.serve()
      return
`,
    to: `      this.handing = true
      this.serve()
`,
  },
  {
    name: 'who is handed it takes it once more',
    file: FILE,
    from: `    if (passed) return TAKEN\n`,
    to: ``,
  },
  {
    name: 'once handed it is handed for ever',
    file: FILE,
    from: `    this.handing = false\n`,
    to: ``,
  },
  {
    name: 'who poisons it keeps what it held',
    file: FILE,
    from: `    this.stack = []
    letGo(this)
    spoil(`,
    to: `    letGo(this)
    spoil(`,
  },
  {
    name: 'a poisoned one can be had',
    file: FILE,
    from: `    if (outcome === SPOILT) throw`,
    to: `    if (false) throw`,
  },
  {
    name: 'nobody is told that its holder died',
    file: FILE,
    from: `this.hold(owner, outcome === ABANDONED)\n`,
    to: `this.hold(owner, false)\n`,
  },
  {
    name: 'another owner of its thread may give it back',
    file: FILE,
    from: `if (isOf(this.stack[i]!, who)) return this.drop(i)\n`,
    to: `return this.drop(i)\n`,
  },
]
