/** A planted bug and its correct twin: one program, with one difference. */
import type { FailureKind, ScheduleOptions, Scenario } from '../../../../src/testing/index.ts'

export interface Planted {
  readonly name: string
  /** The public report that it is modelled on. */
  readonly report?: string
  /** What the explorer must find. */
  readonly kind: FailureKind
  /** The length of the shortest failing schedule. */
  readonly steps: number
  readonly options?: ScheduleOptions
  readonly program: (broken: boolean) => Scenario<any>
}

export function planted(bug: Planted): Planted {
  return bug
}
