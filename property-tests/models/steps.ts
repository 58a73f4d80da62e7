/** Runs random sequences of commands against a primitive and its plain model, and counts which commands did something. */
import * as fc from 'fast-check'

/** One command on a system of the kind `S`: acts on both sides; gives a name for the coverage, or `undefined` if it does not apply. */
export type Step<S> = (system: S, argument: number) => string | undefined | Promise<string | undefined>

/** Lets everything run that is due. */
function flush(): Promise<void> {
  return new Promise((done) => void setImmediate(done))
}

/** Does `runs` runs of up to 50 steps each, checks after every step, and prints how often each command applied. */
export async function checkModel<S>(
  name: string,
  make: (shared: boolean) => S,
  steps: Record<string, Step<S>>,
  check: (system: S) => void,
  runs: number = 1000,
): Promise<Map<string, number>> {
  const names = Object.keys(steps)
  const coverage = new Map<string, number>()
  const step = fc.tuple(fc.constantFrom(...names), fc.nat(7))
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      fc.array(step, { maxLength: 50, size: 'max' }),
      async (shared, sequence) => {
        const system = make(shared)
        for (const [command, argument] of sequence) {
          const applied = await steps[command]!(system, argument)
          if (applied !== undefined) coverage.set(applied, (coverage.get(applied) ?? 0) + 1)
          await flush()
          check(system)
        }
      },
    ),
    { numRuns: runs },
  )
  const counts = [...coverage].toSorted(([a], [b]) => a.localeCompare(b)).map(([what, n]) => `${what} ${n}`)
  console.log(`${name}: ${runs} runs; ${counts.join(', ')}`)
  return coverage
}
