// The first hundred primes, by one task for each filter: each takes numbers from a queue, and passes on those that its
// prime does not divide.
import { Queue, run, spawn } from 'heddle'

const COUNT = Number(process.argv[2] ?? 100)

function* numbers(output) {
  for (let n = 2; ; n++) yield* output.put(n)
}

function* filter(input, output, prime) {
  for (;;) {
    const n = yield* input.get()
    if (n % prime !== 0) yield* output.put(n)
  }
}

const primes = await run(function* () {
  const primes = []
  const filters = []
  let source = new Queue(10)
  filters.push(spawn(numbers.bind(null, source)))
  while (primes.length < COUNT) {
    const prime = yield* source.get()
    primes.push(prime)
    const rest = new Queue(10)
    filters.push(spawn(filter.bind(null, source, rest, prime)))
    source = rest
  }
  for (const each of filters) each.cancel()
  return primes
})
console.log(primes.join(' '))
