/** "Linear" means t(10 n) / t(n) at most 13, from n = 10^4. */
export const LINEAR = { atMost: 13, over: 'at n' }

/** A row that times `run(n)`, prepared by `prepare(n)`, for n and for ten times as much. */
export function linear(operation, prepare, n = 10_000) {
  const sampleAt = (count) => async () => {
    const run = await prepare(count)
    globalThis.gc()
    const start = performance.now()
    await run()
    return (performance.now() - start) * 1000
  }
  return {
    operation,
    unit: 'µs',
    goals: [LINEAR],
    setup: async () => {
      for (let i = 0; i < 5; i++) await sampleAt(n)()
      return {
        contestants: [
          { name: 'at 10 n', role: 'heddle', sample: sampleAt(10 * n) },
          { name: 'at n', role: 'other', sample: sampleAt(n) },
        ],
      }
    },
  }
}
