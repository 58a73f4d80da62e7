/** Faults of the event, and of what it rests on in choices. */
import type { Mutant } from '../support/mutant.ts'

const WORD = 'src/sync/event-word.ts'
const EVENT = 'src/sync/event.ts'
const CHOOSE = 'src/operation/choose.ts'

export const mutants: readonly Mutant[] = [
  {
    name: 'a raise adds no generation',
    file: WORD,
    from: '(word + 2) | SET',
    to: 'word | SET',
  },
  {
    name: 'a manual event rings one thread only',
    file: WORD,
    from: 'site.ringEach()',
    to: 'site.ringNext()',
  },
  {
    name: 'a manual event rings before it is set',
    file: WORD,
    from: `  if (!raise(words, at)) return false
  if (site !== null && !site.deserted()) site.ringEach()
  return true`,
    to: `  if (site !== null && !site.deserted()) site.ringEach()
  return raise(words, at)`,
  },
  {
    name: 'a manual event rings nobody',
    file: WORD,
    from: '  if (site !== null && !site.deserted()) site.ringEach()\n',
    to: '',
  },
  {
    name: 'a waiter is done only while the event is set',
    file: WORD,
    from: '(word & SET) !== 0 || word >>> 1 !== seen',
    to: '(word & SET) !== 0',
  },
  {
    name: 'the take is a load and a store',
    file: WORD,
    from: `    const before = compareExchange(words, at, word, word & ~SET)
    if (before === word) return true
    word = before`,
    to: `    return compareExchange(words, at, load(words, at), word & ~SET) !== 0`,
  },
  {
    name: 'the generation is recorded when the waiter has been published',
    file: EVENT,
    from: `    waiter.data = generation(this.on.words, this.on.at)
    this.on.enqueue(waiter)`,
    to: `    waiter.data = -1
    this.on.enqueue(waiter)
    waiter.data = generation(this.on.words, this.on.at)`,
  },
  {
    name: 'the generation is recorded anew after the publication',
    file: EVENT,
    from: `    this.on.enqueue(waiter)
  }

  claim(waiter: Waiter<void>)`,
    to: `    this.on.enqueue(waiter)
    waiter.data = generation(this.on.words, this.on.at)
  }

  claim(waiter: Waiter<void>)`,
  },
  {
    name: 'a waiter of an auto-reset event that leaves passes nothing on',
    by: 'Event: auto-reset, set twice once two sleep',
    file: EVENT,
    from: '    if (this.autoReset) pass(this.words, this.at, this.site!)\n',
    to: '',
  },
  {
    name: 'a thread that has taken the last pass does not look whether the event is set again',
    by: 'Event: auto-reset, set twice once two sleep',
    file: EVENT,
    from: '    if (waited && this.head === null && this.site !== null) this.passOn()\n',
    to: '',
  },
  {
    name: 'an auto-reset event that is set rings nobody',
    file: EVENT,
    from: '    if (site !== null && !site.deserted()) pass(words, at, site)\n',
    to: '',
  },
  {
    name: 'an auto-reset event releases everybody',
    file: EVENT,
    from: 'return take(this.on.words, this.on.at) ? undefined',
    to: 'return isRaised(this.on.words, this.on.at) ? undefined',
  },
  {
    name: 'an arm is granted although its choice is settled',
    by: 'Barrier: a choice of it and an event, and both come',
    file: CHOOSE,
    from: `    if (choice.settle(this)) this.outer.grant(choice.choose.given(this.arm, value))
    else this.operation.giveBack(this, value)`,
    to: `    choice.settle(this)
    this.outer.grant(choice.choose.given(this.arm, value))`,
  },
  {
    name: 'no arm is ever spent',
    file: CHOOSE,
    from: 'return this.choice.settled || this.choice.engaged || this.outer.spent',
    to: 'return false',
  },
]
