/** Faults of shared queues: the lock that commits, the books, and who is rung. */
import type { Mutant } from '../support/mutant.ts'

const LOCK = 'src/queue/shared-lock.ts'
const BOOKS = 'src/queue/shared-books.ts'
const CORE = 'src/queue/shared-core.ts'
const LINE = 'src/queue/shared-line.ts'

export const mutants: readonly Mutant[] = [
  {
    name: 'the lock of a living thread is taken over',
    file: LOCK,
    from: `owner === 0 || !alive(site.table, owner)`,
    to: `owner === 0 || alive(site.table, owner)`,
  },
  {
    name: 'the lock of a dead thread is waited for',
    file: LOCK,
    from: `owner === 0 || !alive(site.table, owner)`,
    to: `owner === 0`,
  },
  {
    name: 'the lock is entered without a swap',
    file: LOCK,
    from: `compareExchange(words, at, word, word | me) === word) return`,
    to: `store(words, at, word | me) !== 0) return`,
  },
  {
    name: 'nobody is woken for the lock',
    file: LOCK,
    from: `  if ((exchange(words, at, parity << 30) & CONTENDED) !== 0) notify(words, at)`,
    to: `  exchange(words, at, parity << 30)`,
  },
  {
    name: 'who takes over a lock commits what the dead thread began',
    file: LOCK,
    from: `(word & ~ID_MASK) | site.id) === word) return parityOf(word)`,
    to: `(word & ~ID_MASK) | site.id) === word) return parityOf(word) ^ (owner === 0 ? 0 : 1)`,
  },
  {
    name: 'the header that holds is written',
    file: BOOKS,
    from: `    const header = this.headerOf(this.parity ^ 1)\n`,
    to: `    const header = this.headerOf(this.parity)\n`,
  },
  {
    name: 'a change is never made',
    file: BOOKS,
    from: `    leave(this.words, this.at + LOCK, this.parity ^ 1)`,
    to: `    leave(this.words, this.at + LOCK, this.parity)`,
  },
  {
    name: 'a look without the lock forgets that the queue was shut down',
    file: BOOKS,
    from: `=== size && (load(words, header + FLAGS) & SHUT) === 0`,
    to: `=== size`,
  },
  {
    name: 'a record lies at the front',
    file: BOOKS,
    from: `const at = arena.after(this.front, this.used)`,
    to: `const at = arena.after(this.front, 0)`,
  },
  {
    name: 'the first item is given and stays',
    file: BOOKS,
    from: `    this.front = this.arena.after(this.front, words)\n    this.used -= words`,
    to: `    this.used -= words`,
  },
  {
    name: 'an item that was taken is still counted',
    file: BOOKS,
    from: `    this.bytes -= length\n    this.size--`,
    to: `    this.bytes -= length`,
  },
  {
    name: 'nobody is told of a put',
    file: CORE,
    from: `!this.takersTurn!.ring()) site.ringNext()`,
    to: `!this.takersTurn!.ring()) site.sated()`,
  },
  {
    name: 'nothing is told of a change at all',
    file: CORE,
    from: `    this.books.commit()\n    this.changed = true`,
    to: `    this.books.commit()`,
  },
  {
    name: 'whoever could go on is served, but not those of other threads',
    file: CORE,
    from: `    this.reserve()\n    this.serveAll()\n    this.ring()`,
    to: `    this.reserve()\n    this.serveAll()`,
  },
  {
    name: 'a shutdown is told to nobody',
    file: CORE,
    from: `    const shut = books.isShut\n`,
    to: `    const shut = false\n`,
    by: 'shared queue: a shutdown ends who waits for room',
  },
  {
    name: 'who comes to wait does not look again',
    file: LINE,
    from: `  override serve(): void {\n    this.owner.settle()`,
    to: `  override serve(): void {\n    if (this.head === null) this.owner.settle()`,
  },
]
