/** Faults of the read-write lock. */
import type { Mutant } from '../support/mutant.ts'

const STATE = 'src/sync/rwlock-state.ts'
const RWLOCK = 'src/sync/rwlock.ts'

export const mutants: readonly Mutant[] = [
  {
    name: 'a reader looks before it publishes its count',
    file: STATE,
    from: `  store(words, own, load(words, own) + READER)
  const outcome = enter(words, at, site, beside && load(words, own) >= 2 * READER)
`,
    to: `  const outcome = enter(words, at, site, beside && load(words, own) >= READER)
  store(words, own, load(words, own) + READER)
`,
  },
  {
    name: 'a reader that steps back leaves its count',
    file: STATE,
    from: `  store(words, own, load(words, own) - READER)
  if (load(`,
    to: `  if (load(`,
  },
  {
    name: 'a reader that steps back rings nobody',
    file: STATE,
    from: `  if (load(words, own) >> 1 === 0) wake(words, at, site)
`,
    to: ``,
  },
  {
    name: 'a writer does not scan',
    file: STATE,
    from: `    if (readers(words, at, site) > 0) {
`,
    to: `    if (false) {
`,
  },
  {
    name: 'a writer that waits does not stay pending',
    file: STATE,
    from: `      if (!parked && !already && compareExchange(`,
    to: `      if (compareExchange(`,
  },
  {
    name: 'a writer goes in though its claim was declared void',
    file: STATE,
    from: `    if (compareExchange(words, at, pending, HELD | site.id) === pending) return TAKEN
`,
    to: `    store(words, at, HELD | site.id)
    return TAKEN
`,
  },
  {
    name: 'the last reader does not ring',
    file: STATE,
    from: `  if (site !== null && count >> 1 === 0 && !site.alone()) wake(words, at, site)
`,
    to: ``,
  },
  {
    name: 'dead readers count',
    file: STATE,
    from: `    if (alive(site.table, load(words, ownerAt(at, slot)))) sum +=`,
    to: `    sum +=`,
  },
  {
    name: 'the next owner of a slot inherits its readers',
    by: 'RWLock: a reader that reads dies, and a new reader takes its slot while a writer waits',
    file: STATE,
    from: `    store(words, owner + 1, 0)
`,
    to: ``,
  },
  {
    name: 'the words of a slot are never taken over',
    file: STATE,
    from: `    store(words, owner, site.id)
`,
    to: ``,
  },
  {
    name: 'a dead writer is never replaced by a reader',
    file: STATE,
    from: `    site.reserved = 0
    return !alive(site.table, id)
  }
  return id === 0 ||`,
    to: `    return false
  }
  return id === 0 ||`,
  },
  {
    name: 'a living writer is replaced by a reader',
    file: STATE,
    from: `    site.reserved = 0
    return !alive(site.table, id)
  }
  return id === 0 ||`,
    to: `    return true
  }
  return id === 0 ||`,
  },
  {
    name: 'a dead writer is never replaced by a writer',
    file: STATE,
    from: `    site.reserved = 0
    return !alive(site.table, id)
  }
  return id === site.id ||`,
    to: `    return false
  }
  return id === site.id ||`,
  },
  {
    name: 'nobody is told that a writer died',
    file: STATE,
    from: `      if (next !== pending) return ABANDONED`,
    to: `      if (next !== pending) return TAKEN`,
  },
  {
    name: 'a claim stands though its thread waits no more',
    by: 'RWLock: a reader comes back when the writer that waited for it has died',
    file: STATE,
    from: `  if (!site.waits(word & ID_MASK)) return true
`,
    to: ``,
  },
  {
    name: 'a writer that leaves rings nobody',
    file: STATE,
    from: `  compareExchange(words, at, me, next)
  if (!site.alone()) wake(words, at, site)
`,
    to: `  compareExchange(words, at, me, next)
`,
  },
  {
    name: 'a writer that leaves gives it back to nobody in particular',
    file: STATE,
    from: `  const next = site.deserted() ? FREE : anyWants(words, at, site) ? READ : RESERVED | site.starving()
`,
    to: `  const next = FREE
`,
  },
  {
    name: 'after a writer the readers go first, also where none waits',
    by: 'RWLock: a writer comes back when the reader it left the phase to is cancelled',
    file: STATE,
    from: `  if (word === READ) return !anyWants(words, at, site) || lapsed(site, word)
`,
    to: `  if (word === READ) return lapsed(site, word)
`,
  },
  {
    name: 'a phase of readers never lapses',
    file: STATE,
    from: `  return time - site.reservedAt >= LAPSE
`,
    to: `  return false
`,
  },
  {
    name: 'who leaves takes no claim back',
    file: STATE,
    from: `  compareExchange(words, at, PENDING | site.id, FREE)
`,
    to: ``,
  },
  {
    name: 'who leaves rings nobody',
    file: STATE,
    from: `  compareExchange(words, at, RESERVED | site.id, FREE)
  wake(words, at, site)
`,
    to: `  compareExchange(words, at, RESERVED | site.id, FREE)
`,
  },
  {
    name: 'readers that wait are not rung',
    file: STATE,
    from: `  if (ringWants(words, at, site)) return
`,
    to: ``,
  },
  {
    name: 'one of the readers that wait is rung',
    file: STATE,
    from: `      site.ring(id)
    }
    return false`,
    to: `      site.ring(id)
    }
    return true`,
  },
  {
    name: 'a reader that waits does not say so before it looks',
    file: STATE,
    from: `  if (parked && (load(words, own) & WANT) === 0) store(words, own, load(words, own) | WANT)
`,
    to: ``,
  },
  {
    name: 'a reader leaves twice',
    file: RWLOCK,
    from: `    if (!this.reading.delete(held)) return
`,
    to: `    this.reading.delete(held)
`,
  },
  {
    name: 'a writer leaves twice',
    file: RWLOCK,
    from: `  private endWrite(held: Held): void {
    if (held !== this.writing) return
`,
    to: `  private endWrite(held: Held): void {
`,
  },
]
