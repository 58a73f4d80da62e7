import { portable } from '../../../dist/threads.js'

export const plusOne = portable(import.meta.url, 'plusOne', (x) => x + 1)

/** Busy for a millisecond. */
export const millisecond = portable(import.meta.url, 'millisecond', () => {
  const end = performance.now() + 1
  while (performance.now() < end);
  return 1
})
