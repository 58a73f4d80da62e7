/** Faults of the permits: the books, the gate, and who is rung. */
import type { Mutant } from '../support/mutant.ts'

const LEDGER = 'src/sync/ledger.ts'
const PERMITS = 'src/sync/permits.ts'
const SEMAPHORE = 'src/sync/semaphore.ts'

export const mutants: readonly Mutant[] = [
  {
    name: 'no help before the log is overwritten',
    file: LEDGER,
    from: `    this.settle()\n`,
    to: ``,
  },
  {
    name: 'only commits of its own are counted',
    file: LEDGER,
    from: `    if ((found & 1) !== (log & 1) && this.isCurrent())\n`,
    to: `    if (false)\n`,
  },
  {
    name: 'a helper counts without asking if the log still says so',
    file: LEDGER,
    from: `    if ((found & 1) !== (log & 1) && this.isCurrent())\n`,
    to: `    if ((found & 1) !== (log & 1))\n`,
  },
  {
    name: 'the record that holds is written',
    file: LEDGER,
    from: `    const parity = (this.count + 1) & 1\n`,
    to: `    const parity = this.count & 1\n`,
  },
  {
    name: 'a lost swap of the log counts as won',
    file: LEDGER,
    from: `    if (compareExchange(words, at + LOG, log, next) !== log) return false\n`,
    to: `    compareExchange(words, at + LOG, log, next)\n`,
  },
  {
    name: 'what the spare record says is taken for granted',
    by: 'Semaphore: permits that are given back one by one',
    file: LEDGER,
    from: `    } else if (held !== this.spare) store(`,
    to: `    } else if (held > this.spare) store(`,
  },
  {
    name: 'the record of a former owner is not written anew',
    file: LEDGER,
    from: `  private stale = 2\n`,
    to: `  private stale = 0\n`,
  },
  {
    name: 'dead accounts count',
    file: LEDGER,
    from: `        else if (alive(site.table, id)) {\n`,
    to: `        else {\n`,
  },
  {
    name: 'what a dead account gave back for others is forgotten',
    by: 'Semaphore: who gave back for another dies, a third one waits',
    file: LEDGER,
    from: `        if (balance <= 0) taken += balance\n        else if (alive(site.table, id)) {\n`,
    to: `        if (alive(site.table, id)) {\n`,
  },
  {
    name: 'the next owner of a slot inherits the account',
    file: LEDGER,
    from: `      if (site !== null && this.held > 0 && load(words, record + OWNER) !== site.id) {\n`,
    to: `      if (false) {\n`,
  },
  {
    name: 'the next owner of a slot takes up the count where it stood before the last commit',
    file: LEDGER,
    from: `      this.count = (ahead ? count + 1 : count) | 0\n`,
    to: `      this.count = count\n`,
  },
  {
    name: 'a block of versions is entered that another account has seen',
    by: 'Semaphore: the log passes over a block of versions that somebody has seen',
    file: LEDGER,
    from: `      while (this.isSeen(version >>> 24)) version = (version + BLOCK_STEP) | 0\n`,
    to: `      return version\n`,
  },
  {
    name: 'no surplus is written off',
    file: PERMITS,
    from: `    } else if (ledger.post((ledger.held + extra + n) | 0)) {\n`,
    to: `    } else if (ledger.post((ledger.held + n) | 0)) {\n`,
  },
  {
    name: 'a surplus may be taken',
    file: PERMITS,
    from: `  return bounded && free > limit ? free - limit : 0\n`,
    to: `  return 0\n`,
  },
  {
    name: 'a refusal is not checked to be of one moment',
    file: PERMITS,
    from: `      if (ledger.isCurrent()) return NONE\n`,
    to: `      return NONE\n`,
    by: 'Semaphore: nobody is refused while there is always one free',
  },
  {
    name: 'more is taken than there is',
    file: PERMITS,
    from: `    if (left < 0 || (site`,
    to: `    if (left < -1 || (site`,
  },
  {
    name: 'one too few is given back',
    by: 'Semaphore: two permits at once for two waiters',
    file: PERMITS,
    from: `ledger.post((ledger.held + extra - n) | 0)`,
    to: `ledger.post((ledger.held + extra - Math.max(1, n - 1)) | 0)`,
  },
  {
    name: 'the gate is no obstacle',
    file: PERMITS,
    from: `    if (left < 0 || (site !== null && isShut(ledger, site))) {\n`,
    to: `    if (left < 0) {\n`,
  },
  {
    name: 'a gate never lapses',
    file: PERMITS,
    from: `  if (time - site.reservedAt < LAPSE) return true\n`,
    to: `  if (time - site.reservedAt < Infinity) return true\n`,
  },
  {
    name: 'a gate stands though its thread is dead or waits no more',
    by: 'Semaphore: a gate for a waiter that leaves is no obstacle to those it kept out',
    file: PERMITS,
    from: `  return site.waits(id) && load(`,
    to: `  return load(`,
  },
  {
    name: 'a gate keeps its own thread out',
    file: PERMITS,
    from: `  if (id === 0 || id === site.id || !stands(`,
    to: `  if (id === 0 || !stands(`,
  },
  {
    name: 'the first waiter is rung, whether there is enough for it or not',
    file: PERMITS,
    from: `  const fitting = find(ledger, site, 0, enough, silent) || find(ledger, site, 0, enough, anySlot)\n`,
    to: `  const fitting = find(ledger, site, 0, 1e9, silent) || find(ledger, site, 0, 1e9, anySlot)\n`,
  },
  {
    name: 'nobody is rung for whom there is enough',
    file: PERMITS,
    from: `  if (fitting !== 0) site.ring(fitting)\n`,
    to: ``,
  },
  {
    name: 'the one behind the gate is not rung',
    file: PERMITS,
    from: `    if (gate !== site.id) site.ring(gate)\n    return\n`,
    to: `    return\n`,
  },
  {
    name: 'who is at the gate is rung though others could take',
    by: 'Semaphore: a gate for a waiter that leaves is no obstacle to those it kept out',
    file: PERMITS,
    from: `  if (gate !== 0 && stands(ledger, site, gate)) {\n`,
    to: `  if (gate !== 0) {\n`,
  },
  {
    name: 'whoever takes and leaves some over is silent',
    by: 'Semaphore: two permits at once for two waiters',
    file: SEMAPHORE,
    from: `    if (this.head !== head) this.passOn()\n`,
    to: ``,
  },
  {
    name: 'whoever is rung in vain is silent',
    file: SEMAPHORE,
    from: `    if (head !== null && this.head === head && site !== null) pass(`,
    to: `    if (false) pass(`,
  },
  {
    name: 'whoever gives back rings nobody',
    file: SEMAPHORE,
    from: `    this.serve()\n    this.leaveOver()\n  }`,
    to: `    this.serve()\n  }`,
  },
  {
    name: 'nobody says for how many it waits',
    file: SEMAPHORE,
    from: `    if (waiter !== null) this.on.ask()\n`,
    to: ``,
  },
  {
    name: 'a token gives back twice',
    file: 'src/sync/token.ts',
    from: `    this.out = false\n`,
    to: ``,
  },
  {
    name: 'a resize adds to what there was',
    file: LEDGER,
    from: `    return this.post(held, (this.share + limit - this.limit) | 0)\n`,
    to: `    return this.post(held, (this.share + limit) | 0)\n`,
  },
]
