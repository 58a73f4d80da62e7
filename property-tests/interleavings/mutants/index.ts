/** Every planted fault. */
import type { Mutant } from '../support/mutant.ts'
import { mutants as barrier } from './barrier.ts'
import { mutants as condition } from './condition.ts'
import { mutants as event } from './event.ts'
import { mutants as latch } from './latch.ts'
import { mutants as lifeline } from './lifeline.ts'
import { mutants as lock } from './lock.ts'
import { mutants as rlock } from './rlock.ts'
import { mutants as rwlock } from './rwlock.ts'
import { mutants as semaphore } from './semaphore.ts'
import { mutants as sharedQueue } from './shared-queue.ts'

export const mutants: readonly Mutant[] = [
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
