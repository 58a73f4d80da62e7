#!/usr/bin/env node
// A function that runs in a thread of its own each time it is called; what it gives is a future.
import { isMainThread } from 'node:worker_threads'
import { wait } from 'heddle'
import { portable, threaded } from 'heddle/threads'

const factorize = threaded(
  portable(import.meta.url, 'factorize', (number) => {
    const factors = []
    for (let factor = 2; factor * factor <= number; factor++)
      while (number % factor === 0) {
        factors.push(factor)
        number /= factor
      }
    return number > 1 ? [...factors, number] : factors
  }),
)

// The thread loads this very file to find the function again.
if (isMainThread) {
  const numbers = [2 ** 31 - 1, 600851475143, 1001, 2 ** 20]
  const futures = numbers.map((number) => factorize(number)) // each call begins now, in a thread
  console.log(`${futures.length} threads are at work`)
  await wait(futures)
  for (const [i, future] of futures.entries()) console.log(`${numbers[i]} = ${(await future).join(' · ')}`)

  // What the function throws is the future's outcome.
  const fails = threaded(() => {
    throw new RangeError('nothing has no factors')
  })
  try {
    await fails()
  } catch (error) {
    console.log(`${error.name}: ${error.message}`)
  }
}
