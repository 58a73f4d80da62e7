/**
 * Who has how many permits: one account for each thread, and one word that commits.
 *
 *   LOG        version (24 bits), slot (7), parity (1): transaction `version` was made by the thread in `slot`, whose
 *              books are from then on those of `parity`. Whoever swaps this word has committed; nobody else has.
 *   account    COUNT    its transactions so far; the lowest bit says which of its two records holds. One behind
 *                       while LOG names the slot with the other parity
 *              SEEN     the block of versions (the highest 8 bits) in which its owner may still hold a copy of LOG
 *              WANT     how many permits the first waiter of its owner waits for
 *   record     OWNER    the id of the thread
 *              HELD     permits that are out in it; below zero where it gave back what others took
 *              SHARE    its part of the limit: what its resizes added
 *              LOST     permits that former owners of the slot had out as they died
 *
 *   free = sum of SHARE - sum of HELD, where a dead owner's HELD counts only below zero.
 *
 * Source: our own; the double record with a commit word is a shadow page, the version check that of a software
 * transaction, the helping that of Barnes' lock-free method. Owner, balance and limit change together or not at all, so
 * that any step may be a thread's last: before the swap of LOG nothing has happened, after it everything has. A death
 * needs no repair, its account drops out; the next owner of the slot writes the rest off in its first transaction.
 *
 * What this thread wrote itself it knows without reading: `held`, `share`, `lost` and `count` are its own account.
 *
 * Invariants
 *   1  A record is written only while it does not hold, and only by the living owner of the slot.
 *   2  COUNT goes up by one at each commit of its slot, before LOG is overwritten: so what LOG said is never lost.
 *   3  A reader that finds LOG unchanged after reading has read one state. A committer's own swap is that check.
 *   4  No block of versions is entered that another account has SEEN. A thread that stands between reading LOG and
 *      swapping it stands in a block that it has announced (and it read LOG again after announcing), so LOG cannot have
 *      gone round and read the same again by chance. There are 256 blocks for 128 slots: one is always free to enter.
 *   5  A COUNT goes round after 2^32 commits of one slot; a helper would have to stand between two adjacent steps for
 *      exactly so many, about seven minutes of nothing else. SEEN makes even that impossible for the log.
 *
 * Progress: a failed swap means that somebody else's succeeded. Readers, too, repeat only then.
 */
import { compareExchange, load, store } from '../wait/atomics.ts'
import type { Site } from '../wait/site.ts'
import { alive, highWater, SLOTS, slotOf } from '../wait/table.ts'

const LOG = 0
/** Where the gate of `permits.ts` stands. */
export const GATE = 1
const ACCOUNTS = 2

const COUNT = 0
const SEEN = 1
const WANT = 2
const RECORDS = 3
const OWNER = 0
const HELD = 1
const SHARE = 2
const LOST = 3
const RECORD = 4
const ACCOUNT = RECORDS + 2 * RECORD

/** The words of a ledger in one thread, and of one that threads share. */
export const PRIVATE_WORDS: number = ACCOUNTS + ACCOUNT
export const SHARED_WORDS: number = ACCOUNTS + SLOTS * ACCOUNT

const VERSION_STEP = 1 << 8
const BLOCK_STEP = 1 << 24

/** What one account says. */
export interface Account {
  /** The id of its owner, perhaps a dead one. */
  readonly id: number
  readonly lives: boolean
  readonly held: number
  readonly share: number
  readonly lost: number
}

/** Sets up the first account, with a limit. Nobody else knows these words yet. */
export function begin(words: Int32Array, at: number, id: number, limit: number, held = 0, lost = 0): void {
  const slot = slotOf(id)
  const record = accountAt(at, slot) + RECORDS
  store(words, at + LOG, slot << 1)
  store(words, record + OWNER, id)
  store(words, record + HELD, held)
  store(words, record + SHARE, limit)
  store(words, record + LOST, lost)
}

/** All accounts as of one moment. */
export function accounts(words: Int32Array, at: number, table: Int32Array | null): Account[] {
  for (;;) {
    const log = load(words, at + LOG)
    const found: Account[] = []
    for (let slot = 0, end = table === null ? 1 : highWater(table); slot < end; slot++) {
      const record = recordIn(words, accountAt(at, slot), slot, log)
      const id = load(words, record + OWNER)
      const lives = table === null || alive(table, id)
      const [held, share, lost] = [HELD, SHARE, LOST].map((i) => load(words, record + i)) as [
        number,
        number,
        number,
      ]
      found.push({ id, lives, held, share, lost })
    }
    if (load(words, at + LOG) === log) return found
  }
}

function accountAt(at: number, slot: number): number {
  return at + ACCOUNTS + slot * ACCOUNT
}

function slotIn(log: number): number {
  return (log >>> 1) & (SLOTS - 1)
}

/** The record of an account that holds. */
function recordIn(words: Int32Array, account: number, slot: number, log: number): number {
  const parity = (slot === slotIn(log) ? log : load(words, account + COUNT)) & 1
  return account + RECORDS + parity * RECORD
}

/** A ledger as one thread sees it. */
export class Ledger {
  /** As of the last `open`: what may be taken, what there is in all, what living threads may bring back. */
  free = 0
  limit = 0
  out = 0
  /** This thread's own account. */
  held = 0
  private share = 0
  private lost = 0
  private count = 0
  private seen = 0
  /** Whether COUNT is known to be `count`. */
  private settled = false
  /** What stands in the record that does not hold; how many of the two records have an old owner, share or loss. */
  private spare = 0
  private stale = 2
  private log = 0
  private readonly account: number
  readonly words: Int32Array
  readonly at: number
  readonly site: Site | null

  constructor(words: Int32Array, at: number, site: Site | null) {
    this.words = words
    this.at = at
    this.site = site
    this.account = accountAt(at, site === null ? 0 : slotOf(site.id))
    this.takeOver()
  }

  /** Reads the state for a transaction; `post` or `isCurrent` tells whether all of it was of one moment. */
  open(): this {
    const { words, at } = this
    for (;;) {
      const log = load(words, at + LOG)
      this.log = log
      if (log >>> 24 === this.seen) break
      this.seen = log >>> 24
      store(words, this.account + SEEN, this.seen)
    }
    return this.sum()
  }

  /** Reads the state as of one moment, without an announcement: for reports only. */
  read(): this {
    do {
      this.log = load(this.words, this.at + LOG)
      this.sum()
    } while (!this.isCurrent())
    return this
  }

  /** Whether nothing was committed since `open`. */
  isCurrent(): boolean {
    return load(this.words, this.at + LOG) === this.log
  }

  /** Commits a new balance, and a new share of the limit; `false` if somebody else committed first. */
  post(held: number, share: number = this.share): boolean {
    const { words, at, site, log } = this
    const parity = (this.count + 1) & 1
    const record = this.account + RECORDS + parity * RECORD
    if (share !== this.share) this.stale = 2
    if (this.stale > 0) {
      store(words, record + OWNER, site === null ? 0 : site.id)
      store(words, record + SHARE, share)
      store(words, record + LOST, this.lost)
      store(words, record + HELD, held)
    } else if (held !== this.spare) store(words, record + HELD, held)
    this.spare = held
    this.settle()
    const slot = site === null ? 0 : slotOf(site.id)
    const next = this.nextVersion() | (slot << 1) | parity
    if (compareExchange(words, at + LOG, log, next) !== log) return false
    this.spare = this.held
    this.held = held
    this.share = share
    this.count = (this.count + 1) | 0
    this.settled = false
    if (this.stale > 0) this.stale--
    return true
  }

  /** Commits a new limit. */
  postLimit(limit: number, held: number): boolean {
    return this.post(held, (this.share + limit - this.limit) | 0)
  }

  /** Where the thread of `slot` says how many permits it waits for. */
  wantAt(slot: number): number {
    return accountAt(this.at, slot) + WANT
  }

  /** Reads the own account: that of a former owner of the slot, who is dead, is written off by the next commit. */
  private takeOver(): void {
    const { words, at, account, site } = this
    const slot = site === null ? 0 : slotOf(site.id)
    do {
      this.log = load(words, at + LOG)
      const record = recordIn(words, account, slot, this.log)
      const count = load(words, account + COUNT)
      const ahead = slot === slotIn(this.log) && ((this.log ^ count) & 1) === 1
      this.count = (ahead ? count + 1 : count) | 0
      this.seen = load(words, account + SEEN)
      this.held = load(words, record + HELD)
      this.share = load(words, record + SHARE)
      this.lost = load(words, record + LOST)
      if (site !== null && this.held > 0 && load(words, record + OWNER) !== site.id) {
        this.lost = (this.lost + this.held) | 0
        this.held = 0
      }
    } while (!this.isCurrent())
  }

  private sum(): this {
    const { words, at, site, log, held, share } = this
    let limit = share
    let taken = held
    let out = held > 0 ? held : 0
    if (site !== null) {
      const own = slotOf(site.id)
      const end = highWater(site.table)
      for (let slot = 0; slot < end; slot++) {
        if (slot === own) continue
        const record = recordIn(words, accountAt(at, slot), slot, log)
        const id = load(words, record + OWNER)
        if (id === 0) continue
        const balance = load(words, record + HELD)
        limit += load(words, record + SHARE)
        if (balance <= 0) taken += balance
        else if (alive(site.table, id)) {
          taken += balance
          out += balance
        }
      }
    }
    // A balance goes round where one thread only takes and another only gives; the sums are right all the same.
    this.limit = limit | 0
    this.free = (limit - taken) | 0
    this.out = out
    return this
  }

  /** Writes down what the log says before it says something else. */
  private settle(): void {
    const { words, at, log, count } = this
    const account = accountAt(at, slotIn(log))
    if (account === this.account) {
      // Only this thread goes on from here, so that a count one behind is this commit, not yet counted.
      if (!this.settled) compareExchange(words, account + COUNT, (count - 1) | 0, count)
      this.settled = true
      return
    }
    const found = load(words, account + COUNT)
    // The log still says so: then `found` is from before this commit was counted, or the parities agree.
    if ((found & 1) !== (log & 1) && this.isCurrent())
      compareExchange(words, account + COUNT, found, (found + 1) | 0)
  }

  /** The next version, in its place in the word. The next block is one that nobody has seen. */
  private nextVersion(): number {
    let version = ((this.log & -VERSION_STEP) + VERSION_STEP) | 0
    if ((version & (BLOCK_STEP - 1)) === 0)
      while (this.isSeen(version >>> 24)) version = (version + BLOCK_STEP) | 0
    return version
  }

  private isSeen(block: number): boolean {
    const { words, at, site } = this
    if (site === null) return false
    const end = highWater(site.table)
    for (let slot = 0; slot < end; slot++)
      if (slot !== slotOf(site.id) && load(words, accountAt(at, slot) + SEEN) === block) return true
    return false
  }
}
