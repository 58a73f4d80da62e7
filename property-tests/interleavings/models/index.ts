/** Every configuration that is explored. */
import type { Model } from '../support/model.ts'
import { models as barrier } from './barrier.ts'
import { models as condition } from './condition.ts'
import { models as event } from './event.ts'
import { models as latch } from './latch.ts'
import { models as lifeline } from './lifeline.ts'
import { models as lock } from './lock.ts'
import { models as rlock } from './rlock.ts'
import { models as rwlock } from './rwlock.ts'
import { models as semaphore } from './semaphore.ts'
import { models as sharedQueue } from './shared-queue.ts'

export const models: readonly Model[] = [
  ...lock,
  ...event,
  ...latch,
  ...lifeline,
  ...barrier,
  ...semaphore,
  ...rwlock,
  ...rlock,
  ...condition,
  ...sharedQueue,
]
