/** What is held and given back: permits, read-write locks, locks with owners, keys. */
import {
  BoundedSemaphore,
  choose,
  guard,
  type Held,
  LockMap,
  type Operation,
  RLock,
  RWLock,
  Semaphore,
} from '../../src/index.ts'
import type { NamedSubject, Subject } from './subject.ts'

/** It is held at first; supplying is giving back what somebody holds. */
function given(
  operation: (options?: object) => Operation<unknown>,
  first: Held,
  available: () => number,
): Subject {
  const held = [first]
  return {
    operation,
    canSupply: () => held.length > 0,
    supply: () => held.pop()!.release(),
    available,
    delivered: (value) => void held.push(value as Held),
  }
}

const permits = (kind: typeof Semaphore | typeof BoundedSemaphore, shared: boolean) => (): Subject => {
  const permits = new kind(1)
  if (shared) void permits.handle
  return given(
    (options) => permits.acquire(options),
    permits.tryAcquire()!,
    () => permits.value,
  )
}

/** Two permits at once, of four: two performs can hold theirs together. */
const pairs = (shared: boolean) => (): Subject => {
  const permits = new Semaphore(4)
  if (shared) void permits.handle
  const subject = given(
    (options) => permits.acquire(2, options),
    permits.tryAcquire(2)!,
    () => permits.value / 2,
  )
  subject.delivered(permits.tryAcquire(2))
  return subject
}

/** A writer is inside at first; once it has left, everybody reads. */
const reading = (shared: boolean) => (): Subject => {
  const lock = new RWLock()
  if (shared) void lock.handle
  const writer = lock.tryWrite()!
  return {
    operation: (options) => lock.read(options),
    canSupply: () => lock.statistics().writing,
    supply: () => writer.release(),
    available: () => (lock.statistics().writing ? 0 : Infinity),
    delivered: () => {},
  }
}

const writing = (shared: boolean) => (): Subject => {
  const lock = new RWLock()
  if (shared) void lock.handle
  return given(
    (options) => lock.write(options),
    lock.tryWrite()!,
    () => (lock.statistics().writing ? 0 : 1),
  )
}

/** Each perform has an owner of its own: whoever owns it already would have it at once. */
const owned = (shared: boolean) => (): Subject => {
  const lock = new RLock()
  if (shared) void lock.handle
  const own = guard(() => lock.acquire({ owner: {} }))
  return given(
    (options) => (options === undefined ? own : choose([own], options)),
    lock.tryAcquire({ owner: 'the first' })!,
    () => (lock.locked ? 0 : 1),
  )
}

const keyed = (): Subject => {
  const locks = new LockMap<string>()
  return given(
    (options) => locks.acquire('key', options),
    locks.tryAcquire('key')!,
    () => (locks.locked('key') ? 0 : 1),
  )
}

export const holdable: readonly NamedSubject[] = [
  ...[false, true].flatMap((shared) => {
    const how = shared ? ', shared' : ''
    return [
      { name: `Semaphore.acquire${how}`, make: permits(Semaphore, shared) },
      { name: `Semaphore.acquire(2)${how}`, make: pairs(shared) },
      { name: `BoundedSemaphore.acquire${how}`, make: permits(BoundedSemaphore, shared) },
      { name: `RWLock.read${how}`, make: reading(shared) },
      { name: `RWLock.write${how}`, make: writing(shared) },
      { name: `RLock.acquire${how}`, make: owned(shared) },
    ]
  }),
  { name: 'LockMap.acquire', make: keyed },
]
