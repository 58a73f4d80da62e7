/**
 * The words of a shared queue.
 *
 *   limits     what the constructor said; never changed
 *   LOCK       see `shared-lock.ts`
 *   TURN       for takers, for givers: the id of the thread whose turn it is, or 0; see `shared-turn.ts`
 *   2 headers  the state as of before, and as of now; see `shared-books.ts`
 *   accounts   of each thread: its id, and how many items it took without saying that they are done
 *   2 sites    where threads wait for room, and for the work to be done; for items they wait at the primitive's own
 *   hands      only where items are redelivered: what was taken, and by whom
 *   arena      a ring of records: the length in bytes, then the bytes, in whole words
 *   2nd arena  only where items are redelivered: the bytes of what was taken, each in one piece
 */
import { HandleError } from '../errors.ts'
import { SITE_WORDS } from '../wait/site.ts'
import { SLOTS } from '../wait/table.ts'

/** The code of a queue of numbers, which lie in its arena one beside the other, each at a multiple of 8 bytes. */
export const NUMBERS = 3

const MAGIC_AT = 0
const CAPACITY = 1
const BYTES = 2
const CODE = 3
const HANDS = 4
const MAGIC = 0x4864_7132 // "Hdq2"

export const LOCK = 8
export const TURN = 9
export const HEADERS = 16
export const HEADER = 16
const ACCOUNTS = HEADERS + 2 * HEADER
export const ACCOUNT = 2
const SITES = ACCOUNTS + SLOTS * ACCOUNT
const HAND_TABLE = SITES + 2 * SITE_WORDS
export const HAND = 4

/** The most items and the most bytes that one queue holds. */
export const MOST_ITEMS: number = 2 ** 22
export const MOST_BYTES: number = 2 ** 29

/** What a queue is made with. */
export interface Limits {
  readonly capacity: number
  readonly bytes: number
  /** The number of its codec. */
  readonly code: number
  /** How many items may be taken and not done, where they are redelivered; else 0. */
  readonly hands: number
}

/** Where everything is, as indices from the first own word. */
export interface Layout extends Limits {
  readonly accounts: number
  readonly sites: number
  readonly handTable: number
  readonly arena: number
  readonly arenaWords: number
  readonly handArena: number
  readonly handWords: number
  /** How many words there are. */
  readonly length: number
}

export function layoutOf(limits: Limits): Layout {
  const { capacity, bytes, hands } = limits
  const payload = Math.ceil(bytes / 4)
  const arena = HAND_TABLE + hands * HAND
  const arenaWords = payload + 2 * capacity + (limits.code === NUMBERS ? payload & 1 : 0)
  const handWords = hands === 0 ? 0 : payload + hands
  return {
    ...limits,
    accounts: ACCOUNTS,
    sites: SITES,
    handTable: HAND_TABLE,
    arena,
    arenaWords,
    handArena: arena + arenaWords,
    handWords,
    length: arena + arenaWords + handWords,
  }
}

/** Writes the limits. Everything else begins with 0. */
export function begin(words: Int32Array, at: number, limits: Limits): void {
  words[at + MAGIC_AT] = MAGIC
  words[at + CAPACITY] = limits.capacity
  words[at + BYTES] = limits.bytes
  words[at + CODE] = limits.code
  words[at + HANDS] = limits.hands
}

/** The layout of words that came from elsewhere. Throws `HandleError` if they are not those of a queue. */
export function layoutIn(words: Int32Array, at: number): Layout {
  const [capacity, bytes, code, hands] = [CAPACITY, BYTES, CODE, HANDS].map((i) => words[at + i] ?? 0) as [
    number,
    number,
    number,
    number,
  ]
  const sound =
    words[at + MAGIC_AT] === MAGIC &&
    within(capacity, 1, MOST_ITEMS) &&
    within(bytes, 1, MOST_BYTES) &&
    within(hands, 0, MOST_ITEMS)
  const layout = layoutOf({ capacity, bytes, code, hands })
  if (!sound || layout.length !== words.length - at)
    throw new HandleError('handle.memory of the SharedQueue is damaged')
  return layout
}

function within(value: number, least: number, most: number): boolean {
  return value >= least && value <= most
}
