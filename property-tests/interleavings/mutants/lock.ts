/** Faults of the lock and of the wait layer under it. */
import type { Mutant } from '../support/mutant.ts'

const TABLE = 'src/wait/table.ts'
const SITE = 'src/wait/site.ts'
const SEAT = 'src/wait/seat.ts'
const PRIMITIVE = 'src/wait/primitive.ts'
const WORD = 'src/sync/lock-word.ts'

export const mutants: readonly Mutant[] = [
  {
    name: 'a ring sets the bell before it says where to look',
    file: TABLE,
    from: `  or(table, dirtyAt(slot), 1 << bucket)
  if (exchange(table, bellAt(slot), 1) === 0) notify(table, bellAt(slot))
`,
    to: `  if (exchange(table, bellAt(slot), 1) === 0) notify(table, bellAt(slot))
  or(table, dirtyAt(slot), 1 << bucket)
`,
  },
  {
    name: 'a ring does not say where to look',
    file: TABLE,
    from: `  or(table, dirtyAt(slot), 1 << bucket)\n`,
    to: '',
  },
  {
    name: 'a ring notifies nobody',
    file: TABLE,
    from: `  if (exchange(table, bellAt(slot), 1) === 0) notify(table, bellAt(slot))\n`,
    to: `  exchange(table, bellAt(slot), 1)\n`,
  },
  {
    name: 'a death rings nobody',
    file: TABLE,
    from: `  ringAll(table)\n  return true`,
    to: `  return true`,
  },
  {
    name: 'a death does not say where to look',
    file: TABLE,
    from: `    store(table, dirtyAt(slot), -1)\n`,
    to: '',
  },
  {
    name: 'a death does not notify where the bell rang already',
    file: TABLE,
    from: `    store(table, bellAt(slot), 1)
    // Also where the bell rang already: its ringer may be the one who died, before it notified.
    notify(table, bellAt(slot))
`,
    to: `    if (exchange(table, bellAt(slot), 1) === 0) notify(table, bellAt(slot))\n`,
  },
  {
    name: 'a death rings all slots but the last',
    file: TABLE,
    from: `  const high = highWater(table)
  for (let slot = 0; slot < high; slot++) {
    store(table, dirtyAt(slot), -1)`,
    to: `  const high = highWater(table) - 1
  for (let slot = 0; slot < high; slot++) {
    store(table, dirtyAt(slot), -1)`,
  },
  {
    name: 'whoever has the slot passes for its former thread',
    file: TABLE,
    from: `idAt(table, id & SLOT_MASK) === id`,
    to: `idAt(table, id & SLOT_MASK) !== 0`,
  },
  {
    name: 'the dead are alive',
    file: TABLE,
    from: `(id & SLOT_MASK) < SLOTS && idAt(table, id & SLOT_MASK) === id`,
    to: `(id & SLOT_MASK) < SLOTS`,
  },
  {
    name: 'the bell is cleared after the look',
    file: SEAT,
    from: `    store(this.table, this.bell, 0)
    let dirty = exchange(this.table, this.dirty, 0)
`,
    to: `    let dirty = exchange(this.table, this.dirty, 0)
    store(this.table, this.bell, 0)
`,
  },
  {
    name: 'a look forgets all but one bucket',
    file: SEAT,
    from: `      dirty &= dirty - 1\n`,
    to: `      dirty = 0\n`,
  },
  {
    name: 'a waiter does not publish',
    file: PRIMITIVE,
    from: `    if (!site.waiting) site.publish()
    if (!waiter.host.blocking) {`,
    to: `    if (!waiter.host.blocking) {`,
  },
  {
    name: 'a waiter does not look again after it has published',
    file: PRIMITIVE,
    from: `    this.serve()
    if (this.head === waiter && site.reserved`,
    to: `    if (this.head === waiter && site.reserved`,
  },
  {
    name: 'a waiter looks again before it publishes',
    file: PRIMITIVE,
    from: `    if (!site.waiting) site.publish()
    if (!waiter.host.blocking) {`,
    to: `    this.serve()
    if (this.head === null) return
    if (!site.waiting) site.publish()
    if (this.head !== null) return
    if (!waiter.host.blocking) {`,
  },
  {
    name: 'who leaves without taking lets nobody look',
    by: 'Lock: a holder that releases when two wait, of whom the first is cancelled',
    file: PRIMITIVE,
    from: `    if (this.site !== null && (this.head === null || thread.blocking)) this.passOn()\n`,
    to: '',
  },
  {
    name: 'a thread that sleeps elsewhere keeps what it is offered',
    file: PRIMITIVE,
    from: `    if (!this.serves(head)) return this.leave()\n`,
    to: `    if (!this.serves(head)) return\n`,
  },
  {
    name: 'a thread that leaves to sleep elsewhere lets nobody look',
    by: 'Lock: a thread that sleeps elsewhere needs the one behind it to be served first',
    file: PRIMITIVE,
    from: `    thread.left.add(this)
    this.passOn()`,
    to: `    thread.left.add(this)`,
  },
  {
    name: 'a thread that is back from its sleep does not wait again',
    by: 'Lock: a thread that sleeps elsewhere needs the one behind it to be served first',
    file: PRIMITIVE,
    from: `    if (this.site !== null && !this.site.waiting) this.site.publish()\n`,
    to: '',
  },
  {
    name: 'a thread that is back from its sleep does not look again',
    file: PRIMITIVE,
    from: `    if (this.site !== null && !this.site.waiting) this.site.publish()
    this.serve()`,
    to: `    if (this.site !== null && !this.site.waiting) this.site.publish()`,
  },
  {
    name: 'a thread whose last waiter was served is still among the waiting',
    file: PRIMITIVE,
    from: `      site.withdraw()
      site.missed = 0`,
    to: `      site.missed = 0`,
  },
  {
    name: 'only slots behind the own one are looked through for waiters',
    file: SITE,
    from: `return this.scan(own + 1, SLOTS, wanted) || this.scan(0, own, wanted)`,
    to: `return this.scan(own + 1, SLOTS, wanted)`,
  },
  {
    name: 'only slots before the own one are looked through for waiters',
    file: SITE,
    from: `return this.scan(own + 1, SLOTS, wanted) || this.scan(0, own, wanted)`,
    to: `return this.scan(0, own, wanted)`,
  },
  {
    name: 'a scan skips the slot after one that does not wait',
    file: SITE,
    from: `      if ((hints & 1) === 0) continue\n`,
    to: `      if ((hints & 1) === 0) {\n        slot++\n        continue\n      }\n`,
  },
  {
    name: 'a dead waiter is rung',
    by: 'Lock: a holder that releases when two wait, of whom the first dies',
    file: SITE,
    from: `slotOf(id) === slot && alive(table, id) && wanted`,
    to: `slotOf(id) === slot && wanted`,
  },
  {
    name: 'a waiter word is read without its generation',
    by: 'Lock: a reservation for a thread that dies, and a new thread takes its slot and waits',
    file: SITE,
    from: `    return (load(this.words, this.at + HINTS + slotOf(id)) & ID_MASK) === id && alive(this.table, id)`,
    to: `    return load(this.words, this.at + HINTS + slotOf(id)) !== 0`,
  },
  {
    name: 'nobody ever starves',
    file: SITE,
    from: `    return this.find((word) => (word & STARVING) !== 0)`,
    to: `    return 0`,
  },
  {
    name: 'a thread starves one ring too late',
    file: SITE,
    from: `if (++this.missed === BOUND && this.waiting)`,
    to: `if (++this.missed === BOUND + 1 && this.waiting)`,
  },
  {
    name: 'the lock of a dead thread cannot be had',
    file: WORD,
    from: `    if (kind === HELD && alive(site.table, id)) {`,
    to: `    if (kind === HELD) {`,
  },
  {
    name: 'the lock of a living thread can be had',
    file: WORD,
    from: `    if (kind === HELD && alive(site.table, id)) {`,
    to: `    if (kind === HELD && site.waits(id)) {`,
  },
  {
    name: 'a reservation is honoured though its thread has left',
    file: WORD,
    from: `id !== site.id && site.waits(id) && !lapsed`,
    to: `id !== site.id && !lapsed`,
  },
  {
    name: 'a reservation is not honoured',
    file: WORD,
    from: `    if (kind === RESERVED && id !== site.id && site.waits(id) && !lapsed(site, word)) return NONE\n`,
    to: '',
  },
  {
    name: 'a reservation is not honoured by the thread that it is for',
    file: WORD,
    from: `kind === RESERVED && id !== site.id && site.waits`,
    to: `kind === RESERVED && site.waits`,
  },
  {
    name: 'who finds the lock held does not tell its holder that it waits',
    file: WORD,
    from: `      const before = compareExchange(words, at, word, word | WANTED)
      if (before === word) return NONE
      word = before
      continue`,
    to: `      return NONE`,
  },
  {
    name: 'who takes the lock while it waits itself forgets that others may wait',
    file: WORD,
    from: `  const mine = site !== null && site.waiting ? me | WANTED : me`,
    to: `  const mine = me`,
  },
  {
    name: 'who takes the lock of a dead thread, or a reserved one, forgets that others may wait',
    by: 'Lock: one that starves is cancelled, and who barged waits',
    file: WORD,
    from: `compareExchange(words, at, word, word !== FREE || site.waiting ? me | WANTED : me)`,
    to: `compareExchange(words, at, word, me)`,
  },
  {
    name: 'a release lets nobody look',
    file: WORD,
    from: `  compareExchange(words, at, me | WANTED, starving === 0 ? FREE : RESERVED | starving)
  pass(words, at, site)`,
    to: `  compareExchange(words, at, me | WANTED, starving === 0 ? FREE : RESERVED | starving)`,
  },
  {
    name: 'a release lets somebody look before it is one',
    file: WORD,
    from: `  compareExchange(words, at, me | WANTED, starving === 0 ? FREE : RESERVED | starving)
  pass(words, at, site)`,
    to: `  pass(words, at, site)
  compareExchange(words, at, me | WANTED, starving === 0 ? FREE : RESERVED | starving)`,
  },
  {
    name: 'a reserved lock rings somebody else than the one it is reserved for',
    file: WORD,
    from: `site.waits(id)) return site.ring(id)`,
    to: `site.waits(id)) return`,
  },
  {
    name: 'who leaves while the lock is held does not tell its holder that others wait',
    by: 'Lock: a holder that releases when two wait, of whom the first is cancelled, and takes it again',
    file: WORD,
    from: `    if ((word & WANTED) !== 0 || site.deserted()) return
    if (compareExchange(words, at, word, word | WANTED) === word) return`,
    to: `    return`,
  },
  {
    name: 'who leaves trusts a holder that is dead',
    file: WORD,
    from: `    if ((word & KIND) !== HELD || !alive(site.table, id)) return site.ringNext()`,
    to: `    if ((word & KIND) !== HELD) return site.ringNext()`,
    survives: 'who declares a thread dead rings everybody, so whoever waits looks in any case',
  },
  {
    name: 'a choice that is settled leaves its other arms parked',
    by: 'Lock: a choice of two locks against one waiter for each',
    file: 'src/operation/choose.ts',
    from: `      if (link !== winner) link.operation.unpark(link)\n`,
    to: `      {}\n`,
  },
  {
    name: 'a choice goes on parking after an arm was granted',
    by: 'Lock: a choice of two locks against one waiter for each',
    file: 'src/operation/choose.ts',
    from: `i < arms.length && !this.settled; i++`,
    to: `i < arms.length; i++`,
  },
  {
    name: 'a thread that wakes does not come back to its async waiters',
    file: 'src/perform/block.ts',
    from: `    if (!blocking) comeBack()`,
    to: `    if (blocking) comeBack()`,
  },
  {
    name: 'a cancellation that comes after the grant wins',
    file: 'src/perform/wait.ts',
    from: `if (this.state !== ABOUT && (this.state !== PARKED || !this.operation.unpark(this))) return false`,
    to: `if (this.state === PARKED) this.operation.unpark(this)`,
  },
]
