/** Random programs for three real threads, and the models that must explain what they did. */
import fc from 'fast-check'
import { expect } from 'vitest'
import type { Crew, Mode } from './crew.ts'
import { explain, type Program, record } from './histories.ts'

const verbs = ['wait', 'timed', 'try', 'release', 'look', 'pause'] as const

const program: fc.Arbitrary<Program> = fc.record({
  mode: fc.constantFrom<Mode>('block', 'loop'),
  commands: fc.array(fc.tuple(fc.constantFrom(...verbs), fc.integer({ min: 1, max: 3 })), {
    maxLength: 16,
    size: 'max',
  }),
})

/** Does `runs` runs of up to 48 commands in three threads, checks each history, and prints how often what happened. */
export async function checkPrograms(crew: Crew, name: string, runs: number): Promise<void> {
  const coverage = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.tuple(program, program, program), async (seed, programs) => {
      const history = await record(crew, name, seed, { programs })
      const result = explain(name, history)
      if (result.verdict === 'not linearizable') throw new Error(result.timeline)
      expect(result.verdict).toBe('linearizable')
      for (const { op, result } of history) {
        const failed = typeof result === 'object' && result !== null
        const what = failed ? `${op} threw` : result === false && op !== 'locked' ? `${op} refused` : op
        coverage.set(what, (coverage.get(what) ?? 0) + 1)
      }
    }),
    { numRuns: runs, endOnFailure: true },
  )
  const counts = [...coverage].toSorted(([a], [b]) => a.localeCompare(b)).map(([what, n]) => `${what} ${n}`)
  console.log(`${name} in three threads: ${runs} runs; ${counts.join(', ')}`)
  const look = name === 'Lock' ? ['locked', 'release threw'] : ['value']
  for (const what of ['acquire', 'acquire threw', 'tryAcquire', 'tryAcquire refused', 'release', ...look])
    expect(coverage.get(what) ?? 0, what).toBeGreaterThan(0)
}
