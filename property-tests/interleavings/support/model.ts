/** A configuration to explore, and what must come of it. */
import type { ExploreOptions } from '../../../src/testing/explorer/index.ts'
import type { Shipped } from './world.ts'

export interface Model {
  /** What is explored, for people. */
  readonly name: string
  /** The source files whose mutants it should catch. */
  readonly covers: readonly string[]
  /** Whether it is too large for every run. */
  readonly long?: boolean | undefined
  options(shipped: Shipped): ExploreOptions
}
