/**
 * Several locks as one: taken in one order that everybody keeps to, so that no two callers wait for each other.
 *
 * The order: shared ones first, by the random id in their memory, which is the same in every thread; then those of this
 * thread, by number. One that becomes shared meanwhile changes its place: whoever holds something that now comes after
 * what it still needs gives all back and begins again, so that nobody ever waits for less than it holds.
 *
 * Cancellation: whatever ends the wait, what was taken so far is given back, the last first.
 */
import { shown, TimeoutError } from '../errors.ts'
import { never } from '../operation/basic.ts'
import { debugging, performed } from '../operation/debug.ts'
import { Operation } from '../operation/operation.ts'
import { limited, type WaitOptions } from '../operation/options.ts'
import { Procedure } from '../operation/procedure.ts'
import type { Suspend } from '../operation/waiter.ts'
import { idIn } from '../wait/handle.ts'
import { Claim, Primitive } from '../wait/primitive.ts'
import { thread } from '../wait/thread.ts'
import type { Held, Holdable } from './held.ts'
import { Token } from './token.ts'

/** What `lockAll` takes: a lock or semaphore, or how to take it (`semaphore.acquire(3)`, `rwlock.read()`). */
export type Lockable = Operation<Held> | { acquire(): Operation<Held> }

/** One of those to be taken. */
interface Part {
  readonly on: Primitive
  readonly acquire: () => Operation<Held>
}

/**
 * Takes all of `items`, in one fixed order whatever the order given, and gives one token that releases all, the last
 * taken first. `timeout` and `signal` count for the whole; when the wait ends without success, all is given back.
 * Throws `TypeError` if an item cannot be locked or is named twice. Not for `select`: it commits in several steps.
 */
export function lockAll(items: Iterable<Lockable>, options: WaitOptions = {}): Procedure<Held> {
  const parts = [...requireIterable(items)].map(partOf)
  parts.forEach(({ on }, index) => {
    const first = parts.findIndex((part) => on === part.on)
    if (first !== index)
      throw new TypeError(`items must differ, but items ${first} and ${index} are both ${on.id}`)
  })
  const check = limited(never, options) // throws if an option is wrong
  if (debugging && process.env.NODE_ENV !== 'production') performed(check)
  return new Procedure('lockAll', () => takeAll(parts, options))
}

function requireIterable<T>(items: Iterable<T>): Iterable<T> {
  const iterable = typeof (items as Iterable<T> | undefined)?.[Symbol.iterator] === 'function'
  if (iterable && !(items instanceof Operation || items instanceof Primitive)) return items
  throw new TypeError(`items must be an array of locks, got ${shown(items)}`)
}

function partOf(item: Lockable, index: number): Part {
  if (item instanceof Claim) return { on: item.on, acquire: () => item as Operation<Held> }
  if (item instanceof Primitive && 'acquire' in item && typeof item.acquire === 'function')
    return { on: item, acquire: () => (item as Extract<Lockable, { acquire: unknown }>).acquire() }
  const hint = item instanceof Operation ? '; give options to lockAll, not to the items' : ''
  throw new TypeError(
    `items[${index}] must be a lock, a semaphore or how to take one, got ${shown(item)}${hint}`,
  )
}

function* takeAll(parts: readonly Part[], options: WaitOptions): Generator<Suspend, Held, unknown> {
  const clock = thread.running?.clock ?? thread.clock
  const { timeout = Infinity } = options
  const end = clock.now() + timeout
  const all = new Taken()
  try {
    for (let order = inOrder(parts); all.size < order.length;) {
      const part = order[all.size]!
      const left = timeout === 0 ? 0 : Math.max(0, end - clock.now())
      all.add(yield* limited(part.acquire(), { ...options, timeout: left }))
      const now = inOrder(parts)
      if (order.some((one, index) => one !== now[index])) {
        if (all.size < order.length) all.giveBack()
        order = now
      }
    }
    return all.token()
  } catch (error) {
    if (timeout === Infinity || !(error instanceof TimeoutError)) throw error
    throw new TimeoutError(`lockAll did not end within ${timeout} ms`, { cause: error })
  } finally {
    all.unlessTaken()
  }
}

/** What was taken so far, and in the end what the one token stands for. */
class Taken implements Holdable {
  private readonly helds: Held[] = []
  private done = false

  get size(): number {
    return this.helds.length
  }

  add(held: Held): void {
    this.helds.push(held)
  }

  token(): Held {
    this.done = true
    return new Token(
      this,
      1,
      this.helds.some(({ abandoned }) => abandoned),
    )
  }

  unlessTaken(): void {
    if (!this.done) this.giveBack()
  }

  /** Gives all back, the last first, also if one of them throws. */
  giveBack(): void {
    const held = this.helds.pop()
    if (held === undefined) return
    try {
      held.release()
    } finally {
      this.giveBack()
    }
  }
}

function inOrder(parts: readonly Part[]): Part[] {
  return [...parts].sort((a, b) => compare(a.on, b.on))
}

function compare(a: Primitive, b: Primitive): number {
  if (a.site !== null && b.site !== null) return idIn(a.words) < idIn(b.words) ? -1 : 1
  if (a.site !== null || b.site !== null) return a.site === null ? 1 : -1
  return numberOf(a) - numberOf(b)
}

/** The number of a primitive, unique in its thread and never changed. */
function numberOf({ id }: Primitive): number {
  return Number(id.slice(id.lastIndexOf('#') + 1))
}
