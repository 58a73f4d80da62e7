/**
 * Planted faults: a named change of the shipped source, which a model has to notice. They show that the models can see.
 */
import { readFileSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { explore, StateLimitError } from '../../../src/testing/explorer/index.ts'
import type { Model } from './model.ts'
import { recorded } from './check.ts'
import { load, type Shipped } from './world.ts'

export interface Mutant {
  /** What is wrong with it. */
  readonly name: string
  readonly file: string
  /** Stands in the file exactly once. */
  readonly from: string
  readonly to: string
  /** The model to try, where only a large one notices it, or others take long to see nothing. */
  readonly by?: string
  /** Why no model can notice it; only for faults that change nothing that is promised. */
  readonly survives?: string
}

/** How many of all planted faults must be caught. */
const SHARE = 0.95

export function hunt(mutants: readonly Mutant[], models: readonly Model[]): void {
  const sizes = recorded()
  const bySize = [...models].sort((a, b) => (sizes[a.name] ?? Infinity) - (sizes[b.name] ?? Infinity))
  const caught: string[] = []
  const missed: string[] = []
  for (const mutant of mutants)
    test(`${mutant.file}: ${mutant.name}`, async () => {
      expect(
        readFileSync(mutant.file, 'utf8').split(mutant.from).length - 1,
        `occurrences of: ${mutant.from}`,
      ).toBe(1)
      const shipped = await load({
        patch: (path, source) =>
          path === mutant.file ? source.replace(mutant.from, () => mutant.to) : source,
      })
      const tried =
        mutant.by === undefined
          ? bySize.filter(
              ({ long, covers }) => long !== true && covers.some((path) => mutant.file.startsWith(path)),
            )
          : bySize.filter(({ name }) => name === mutant.by)
      const by = tried.find((model) => notices(model, shipped))
      ;(by === undefined ? missed : caught).push(mutant.name)
      console.log(
        `${mutant.name}: ${by === undefined ? `SURVIVES: ${mutant.survives}` : `caught by ${by.name}`}`,
      )
      if (mutant.survives === undefined) expect(by, 'no model notices it').toBeDefined()
      else expect(by?.name, 'it is caught after all').toBeUndefined()
    })
  test(`at least ${SHARE * 100} % are caught`, () => {
    expect(caught.length / mutants.length).toBeGreaterThanOrEqual(SHARE)
  })
  afterAll(() =>
    console.log(
      `${caught.length} of ${mutants.length} planted faults caught; not: ${missed.join(', ') || 'none'}`,
    ),
  )
}

/** Whether a model ends in a violation. A search that grows beyond its limit has noticed nothing. */
function notices(model: Model, shipped: Shipped): boolean {
  try {
    return explore({ ...model.options(shipped), shortest: false }).violation !== undefined
  } catch (error) {
    if (error instanceof StateLimitError) return false
    return true // a program that never ends, or that fails before its first step
  }
}
