/** The ready models, under one name: several of them are called as the things of `heddle` that they model. */
import { barrier } from './barrier.ts'
import { condition } from './condition.ts'
import { counter } from './counter.ts'
import { event } from './event.ts'
import { latch } from './latch.ts'
import { lock } from './lock.ts'
import { queue } from './queue.ts'
import { register } from './register.ts'
import { rwlock } from './rwlock.ts'
import { semaphore } from './semaphore.ts'

/** Sequential models for {@link checkLinearizable}: `models.lock()`, `models.semaphore({ permits: 3 })`, … */
export const models: {
  readonly barrier: typeof barrier
  readonly condition: typeof condition
  readonly counter: typeof counter
  readonly event: typeof event
  readonly latch: typeof latch
  readonly lock: typeof lock
  readonly queue: typeof queue
  readonly register: typeof register
  readonly rwlock: typeof rwlock
  readonly semaphore: typeof semaphore
} = { barrier, condition, counter, event, latch, lock, queue, register, rwlock, semaphore }
