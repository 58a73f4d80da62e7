/** The public list of `heddle/fast-check`: apart, so that `heddle/testing` needs no fast-check. */
import fc from 'fast-check'
import { SchedulePlan } from './schedule/plan.ts'

/**
 * Schedules as an arbitrary: `fc.assert(fc.property(schedules(), (plan) => plan.run(program)))`. Shrinks towards few
 * choices, and few switches. `maxLength` bounds how many steps of a run are chosen; after them nobody is interrupted.
 */
export function schedules(options: { readonly maxLength?: number } = {}): fc.Arbitrary<SchedulePlan> {
  const { maxLength = 50 } = options
  return fc.array(fc.nat(9), { maxLength, size: 'max' }).map((choices) => new SchedulePlan(choices))
}
