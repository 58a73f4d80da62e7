/** Handles of any kind. A thread that receives handles of one kind only uses that class's own `attach`. */
import { HandleError } from './errors.ts'
import { Future } from './future/shared.ts'
import { SharedQueue } from './queue/shared-queue.ts'
import { type RingType, SharedRing } from './queue/shared-ring.ts'
import { Barrier } from './sync/barrier.ts'
import { Condition } from './sync/condition.ts'
import { Event } from './sync/event.ts'
import { Latch } from './sync/latch.ts'
import { Lifeline } from './sync/lifeline.ts'
import { Lock } from './sync/lock.ts'
import { RLock } from './sync/rlock.ts'
import { RWLock } from './sync/rwlock.ts'
import { BoundedSemaphore, Semaphore } from './sync/semaphore.ts'
import { type Handle, kindOf } from './wait/handle.ts'

/** What each kind of handle attaches to. */
export interface Attached {
  Barrier: Barrier
  BoundedSemaphore: BoundedSemaphore
  Condition: Condition
  Event: Event
  Future: Future<unknown>
  Latch: Latch
  Lifeline: Lifeline
  Lock: Lock
  RLock: RLock
  RWLock: RWLock
  Semaphore: Semaphore
  SharedQueue: SharedQueue
  SharedRing: SharedRing<RingType>
}

type Kind = keyof Attached

const kinds: { readonly [K in Kind]: { attach(handle: Handle<K>): Attached[K] } } = {
  Barrier,
  BoundedSemaphore,
  Condition,
  Event,
  Future,
  Latch,
  Lifeline,
  Lock,
  RLock,
  RWLock,
  Semaphore,
  SharedQueue,
  SharedRing,
}

/**
 * The primitive of this thread that a handle of any kind stands for; the same object each time.
 * Throws `HandleError` if it is no sound handle of this version.
 */
export function attach<K extends Kind>(handle: Handle<K>): Attached[K] {
  const kind = kindOf(handle)
  if (!Object.hasOwn(kinds, kind))
    throw new HandleError(
      `handle is of a ${kind}, which attach() does not know; it knows ${Object.keys(kinds).join(', ')}`,
    )
  return kinds[kind as K].attach(handle)
}
