/**
 * Explores models, prints their size, and fails when a model finds fewer states than it once did: then something is no
 * longer explored. `HEDDLE_RECORD=1` writes the numbers anew.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { explore } from '../../../src/testing/explorer/index.ts'
import type { Model } from './model.ts'
import type { Shipped } from './world.ts'

const FILE = new URL('../recorded.json', import.meta.url)

export const recorded = (): { [name: string]: number } =>
  JSON.parse(readFileSync(FILE, 'utf8')) as { [name: string]: number }

export function check(shipped: Shipped, models: readonly Model[]): void {
  for (const model of models)
    test(model.name, () => {
      const start = performance.now()
      const { states, transitions, outcomes, violation } = explore(model.options(shipped))
      const seconds = ((performance.now() - start) / 1000).toFixed(1)
      const counts = Object.entries(outcomes).map(([outcome, times]) => `${times} x ${outcome}`)
      console.log(`${model.name}: ${states} states, ${transitions} steps, ${seconds} s; ${counts.join('; ')}`)
      const found = violation && [`${violation.kind}: ${violation.message}`, ...violation.trace].join('\n')
      expect(found).toBeUndefined()
      if (process.env['HEDDLE_RECORD'] === '1')
        writeFileSync(FILE, `${JSON.stringify({ ...recorded(), [model.name]: states }, undefined, 2)}\n`)
      expect(states).toBeGreaterThanOrEqual(recorded()[model.name] ?? Infinity)
    })
}
