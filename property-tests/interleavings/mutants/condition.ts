/** Faults of conditions: who counts as waiting, who was told, and who goes in the place of the dead. */
import type { Mutant } from '../support/mutant.ts'

const STATE = 'src/sync/condition-state.ts'
const CONDITION = 'src/sync/condition.ts'

export const mutants: readonly Mutant[] = [
  {
    name: 'what was told before counts for a wait that begins later',
    by: 'Condition: a timeout swallows no notification',
    file: STATE,
    from: `  if (load(words, base + WAITING) <= load(words, base + NOTIFIED)) return false\n`,
    to: ``,
  },
  {
    name: 'a wait that was told is told again',
    file: STATE,
    from: `  if (told || surplus) add(words, own + NOTIFIED, -1)\n`,
    to: `  if (surplus) add(words, own + NOTIFIED, -1)\n`,
  },
  {
    name: 'a wait that fails takes along what it was told',
    by: 'Condition: a timeout swallows no notification',
    file: STATE,
    from: `  return surplus\n`,
    to: `  return false\n`,
  },
  {
    name: 'a wait that ends counts on',
    by: 'Condition: a timeout swallows no notification',
    file: STATE,
    from: `  const waiting = add(words, own + WAITING, -1) - 1\n`,
    to: `  const waiting = load(words, own + WAITING)\n`,
  },
  {
    name: 'nobody is rung who was told',
    file: STATE,
    from: `    site.ring(id)\n`,
    to: ``,
  },
  {
    name: 'whoever is told while it is found dead keeps what it was told',
    by: 'Condition: whoever is told while it is found dead goes for nobody',
    file: STATE,
    from: `    if (alive(site.table, id)) return REMOTE\n`,
    to: `    return REMOTE\n`,
  },
  {
    name: 'the dead are told',
    file: STATE,
    from: `    if (!alive(site.table, id) || !tell(words, base)) continue\n`,
    to: `    if (id === 0 || !tell(words, base)) continue\n`,
    survives: 'it is seen right after, and then taken back',
  },
  {
    name: 'nobody sees that a dead thread was told',
    file: STATE,
    from: `    if (id !== 0 && !alive(site.table, id)) sum += load(words, base + NOTIFIED)\n`,
    to: ``,
  },
  {
    name: 'what a dead thread was told is dropped',
    file: STATE,
    from: `      local = give(words, at, site, slotOf(site.id)) === LOCAL || local\n`,
    to: ``,
  },
  {
    name: 'what a dead thread was told is given on and kept',
    file: STATE,
    from: `    store(words, base + OWNER, 0)\n`,
    to: ``,
    survives: 'its words count for nothing: what it was told was taken off one by one',
  },
  {
    name: 'a new thread inherits what the former one of its slot was told',
    file: STATE,
    from: `      store(words, own + WAITING, 0)
      store(words, own + NOTIFIED, 0)
`,
    to: ``,
  },
  {
    name: 'a wait counts once the lock is given up',
    file: CONDITION,
    from: `        if (!entered) this.enter()
        entered = true
        suspended = this.guard.suspend()
`,
    to: `        suspended = this.guard.suspend()
        if (!entered) this.enter()
        entered = true
`,
  },
  {
    name: 'one thread alone is told',
    file: CONDITION,
    from: `give(words, at, site, this.turn++ & 0xffff) === NOBODY) break`,
    to: `give(words, at, site, 0) === NOBODY || true) break`,
  },
  {
    name: 'whoever sees what a dead thread was told wakes for good',
    file: CONDITION,
    from: `    else if (!failed) return false\n`,
    to: ``,
  },
  {
    name: 'whoever goes for what a dead thread was told gives none of it on',
    file: CONDITION,
    from: `      reap(words, at, site!)\n`,
    to: ``,
  },
  {
    name: 'whoever was told and is interrupted passes nothing on',
    by: 'Condition: a timeout swallows no notification',
    file: CONDITION,
    from: `    if (surplus || (failed && got === TOLD)) this.tell(1)\n`,
    to: `    if (failed && got === TOLD) this.tell(1)\n`,
  },
  {
    name: 'a wait goes on without the lock',
    file: 'src/sync/reacquire.ts',
    from: `    while (!suspended.restored) {\n`,
    to: `    while (false) {\n`,
  },
  {
    name: 'an RLock comes back as if it was held by nobody',
    by: 'Condition: on an RLock: an event loop is told, or a cancellation comes',
    file: 'src/sync/rlock.ts',
    from: `    this.stack = suspended.state as Holding[]\n`,
    to: `    this.stack = (suspended.state as Holding[]).slice(1)\n`,
  },
  {
    name: 'an RLock that is given up for a wait stays held',
    file: 'src/sync/rlock.ts',
    from: `    const state = this.stack
    this.stack = []
    this.free()
`,
    to: `    const state = this.stack
    this.stack = []
`,
  },
]
