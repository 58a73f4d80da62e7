/** A program that counts primes by a service: in threads where it runs for real, inline in its test. */
import { Context, Effect } from 'effect'
import { InlineExecutor } from 'heddle'
import { executorLayer, submitChecked } from 'heddle/effect'
import { ThreadPoolExecutor } from 'heddle/threads'
import { countPrimes } from './functions.mjs'

class Cpu extends Context.Service()('Cpu') {}

const program = Effect.gen(function* () {
  const cpu = yield* Cpu
  return yield* Effect.forEach([100, 1000, 10_000], (below) => submitChecked(cpu, countPrimes, [below]), {
    concurrency: 'unbounded',
  })
})

const live = executorLayer(Cpu, () => new ThreadPoolExecutor({ maxWorkers: 2 }))
const test = executorLayer(Cpu, () => new InlineExecutor())
console.log('threads:', await Effect.runPromise(Effect.provide(program, live)))
console.log('inline:', await Effect.runPromise(Effect.provide(program, test)))

const wrong = Effect.flatMap(Effect.service(Cpu), (cpu) => submitChecked(cpu, countPrimes, [0.5]))
const told = Effect.catchTag(wrong, 'MismatchError', ({ path }) => Effect.succeed(path.join('.')))
console.log('a bad argument:', await Effect.runPromise(Effect.provide(told, test)))
