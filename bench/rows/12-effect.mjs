/** Heddle in Effect programs, beside what effect has itself. */
import { Effect, Queue as EffectQueue, Semaphore, Stream } from 'effect'
import { entry } from '../support/heddle.mjs'

const { Lock, Queue } = await entry('index')
const { toStream, withLock } = await entry('effect')

export const subject = 'Effect programs'

const FIBERS = 100
const ITEMS = 10_000

const repeated = (once, n) =>
  Effect.gen(function* () {
    for (let i = 0; i < n; i++) yield* once
  })

const alone = (once) => (n) => Effect.runPromise(repeated(once, n))

/** Each fiber does it `n` times. */
const contended = (once) => (n) =>
  Effect.runPromise(
    Effect.all(
      Array.from({ length: FIBERS }, () => repeated(once, n)),
      { concurrency: 'unbounded', discard: true },
    ),
  )

const against = (run, inside) => () => ({
  contestants: [
    { name: 'Heddle withLock', role: 'heddle', run: run(withLock(new Lock(), inside)) },
    {
      name: 'effect Semaphore.withPermit',
      role: 'peer',
      run: run(Semaphore.makeUnsafe(1).withPermit(inside)),
    },
  ],
})

const items = Array.from({ length: ITEMS }, (_, i) => i)

/** Fills a queue, ends it, and runs the stream, `n` times. */
const streamed = (filled) => async (n) => {
  for (let i = 0; i < n; i++) await Effect.runPromise(Stream.runDrain(await filled()))
}

const heddleStream = () => {
  const queue = new Queue()
  for (const item of items) queue.tryPut(item)
  queue.shutdown()
  return toStream(queue)
}

const effectStream = () =>
  Effect.runPromise(
    Effect.gen(function* () {
      const queue = yield* EffectQueue.unbounded()
      for (const item of items) EffectQueue.offerUnsafe(queue, item)
      EffectQueue.endUnsafe(queue)
      return Stream.fromQueue(queue)
    }),
  )

export const rows = [
  {
    operation: 'withLock, uncontended',
    goals: [{ atMost: 1.2, over: 'peer' }],
    setup: against(alone, Effect.void),
  },
  {
    operation: 'withLock by each of 100 fibers, a yield while it is held',
    goals: [{ atMost: 0.5, over: 'peer' }],
    setup: against(contended, Effect.yieldNow),
  },
  {
    operation: 'withLock by each of 100 fibers, nothing inside',
    goals: [],
    setup: against(contended, Effect.void),
  },
  {
    operation: 'a Stream over a queue of 10^4 items',
    goals: [{ atMost: 1, over: 'peer' }],
    setup: () => ({
      contestants: [
        { name: 'Heddle toStream', role: 'heddle', run: streamed(heddleStream) },
        { name: 'effect Stream.fromQueue', role: 'peer', run: streamed(effectStream) },
      ],
    }),
  },
]
