/** What the chaos of a pool has its workers do. */
import { currentExecutor, currentSignal, portable } from 'heddle/threads'

const here = import.meta.url

export const twice = portable(here, 'twice', (x) => 2 * x)
export const later = portable(here, 'later', async (x) => {
  await new Promise((resolve) => setTimeout(resolve, x % 3))
  return 2 * x
})
export const throws = portable(here, 'throws', (x) => {
  throw new RangeError(String(x))
})
export const exits = portable(here, 'exits', () => process.exit(1))
export const crashes = portable(here, 'crashes', () => {
  setTimeout(() => {
    throw new EvalError('crash')
  })
  return new Promise(() => {})
})
export const hangs = portable(here, 'hangs', () => {
  for (;;);
})
export const obeys = portable(here, 'obeys', () => {
  const signal = currentSignal()
  while (!signal.aborted);
})
export const eats = portable(here, 'eats', () => {
  const kept = []
  for (;;) kept.push(Array.from({ length: 10_000 }, () => ({})))
})
export const nests = portable(here, 'nests', async (x) => (await currentExecutor().submit(twice, x)) + 1)
