import { Cause, Effect, Exit, Schema } from 'effect'
import { expect, test } from 'vitest'
import {
  checkedFunction,
  MismatchError,
  schemaCodec,
  submitChecked,
  toEffect,
} from '../../src/effect/index.ts'
import { InlineExecutor, SharedQueue } from '../../src/index.ts'

const run = Effect.runPromise
const Order = Schema.Struct({
  id: Schema.Number,
  lines: Schema.Array(Schema.Struct({ price: Schema.NumberFromString })),
})

test('items of a queue are what the schema says, and travel as its encoded side', async () => {
  const queue = new SharedQueue({ capacity: 4, codec: schemaCodec(Order) })
  await queue.put({ id: 1, lines: [{ price: 2.5 }] })
  expect(await run(toEffect(queue.get()))).toEqual({ id: 1, lines: [{ price: 2.5 }] })
  expect(() => queue.put({ id: 1, lines: [{ price: 'x' as never }] })).toThrow(/item\.lines\[0\]\.price/)
})

test('what arrives is checked, with the path to the bad field', async () => {
  const loose = Schema.Struct({
    id: Schema.Number,
    lines: Schema.Array(Schema.Struct({ price: Schema.Any })),
  })
  const sender = new SharedQueue({ capacity: 4, codec: schemaCodec(loose) })
  const queue = SharedQueue.attach(sender.handle, { codec: schemaCodec(loose) })
  expect(queue).toBe(sender)
  const { encode } = schemaCodec(loose)
  const bytes = encode({ id: 1, lines: [{ price: '2' }, { price: false }] }).slice()
  expect(() => schemaCodec(Order).decode(bytes)).toThrow(/item\.lines\[1\]\.price/)
})

const total = checkedFunction(
  { args: [Order, Schema.Number], result: Schema.NumberFromString },
  (order, factor) => order.lines.reduce((sum, { price }) => sum + price * factor, 0),
)

test('arguments and results of a submission are decoded on arrival', async () => {
  const executor = new InlineExecutor()
  const call = submitChecked(executor, total, [{ id: 1, lines: [{ price: 2 }, { price: 3 }] }, 10])
  expect(await run(call)).toBe(50)
  expect(await total({ id: 1, lines: [{ price: '2' }] }, 3)).toBe('6')
})

test('a bad field is a typed failure that names it, wherever it is found', async () => {
  const executor = new InlineExecutor()
  const path = (call: Effect.Effect<unknown, unknown>): Promise<unknown> =>
    run(Effect.map(Effect.flip(call), (error) => (error as MismatchError).path))
  const bad = { id: 1, lines: [{ price: 'much' as never }] }
  expect(await path(submitChecked(executor, total, [bad, 1]))).toEqual(['arguments', 0, 'lines', 0, 'price'])
  await expect(total({ id: 'x', lines: [] }, 1)).rejects.toThrow(/^arguments\[0\]\.id: /)
  const wrong = checkedFunction({ args: [], result: Schema.Struct({ n: Schema.Number }) }, () => ({
    n: 'x' as never,
  }))
  expect(await path(submitChecked(executor, wrong, []))).toEqual(['result', 'n'])
  const caught = submitChecked(executor, wrong, []).pipe(
    Effect.catchTag('MismatchError', (error) => Effect.succeed(error.message)),
  )
  expect(await run(caught)).toMatch(/^result\.n: /)
  const exit = await run(Effect.exit(submitChecked(executor, total, [bad, 1])))
  expect(Exit.isFailure(exit) && Cause.hasDies(exit.cause)).toBe(false)
  expect(() => submitChecked(executor, (() => 1) as never, [])).toThrow('f must come from checkedFunction')
})
