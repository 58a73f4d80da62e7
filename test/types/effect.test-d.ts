import { type Cause, Context, Effect, Schema, type Scope, Stream } from 'effect'
import { describe, expectTypeOf, test } from 'vitest'
import {
  checkedFunction,
  executorLayer,
  fromEffect,
  into,
  type LockFailure,
  MismatchError,
  schemaCodec,
  scoped,
  submit,
  submitChecked,
  toEffect,
  toStream,
  type WaitError,
  type WaitFailure,
  withAll,
  withLock,
  withPermits,
} from '../../src/effect/index.ts'
import {
  type Codec,
  type Executor,
  type Held,
  InlineExecutor,
  Lock,
  lockAll,
  type Operation,
  Queue,
  Semaphore,
} from '../../src/index.ts'

const lock = new Lock()
const queue = new Queue<number>()

describe('the error channel', () => {
  test('of a wait', () => {
    expectTypeOf(toEffect(queue.get())).toEqualTypeOf<Effect.Effect<number, WaitFailure>>()
    expectTypeOf(toEffect(lockAll([lock]))).toEqualTypeOf<Effect.Effect<Held, WaitFailure>>()
    expectTypeOf<Cause.TimeoutError>().toExtend<WaitFailure>()
    expectTypeOf<WaitError<'BrokenBarrierError'>>().toExtend<WaitFailure>()
    const ended = Effect.catchTag(toEffect(queue.get()), 'QueueShutDownError', (error) => {
      expectTypeOf(error).toEqualTypeOf<WaitError<'QueueShutDownError'>>()
      return Effect.succeed('ended' as const)
    })
    expectTypeOf<Effect.Success<typeof ended>>().toEqualTypeOf<number | 'ended'>()
    expectTypeOf<WaitError<'QueueShutDownError'>>().not.toExtend<Effect.Error<typeof ended>>()
    // @ts-expect-error a wait has no such failure
    Effect.catchTag(toEffect(queue.get()), 'NotHeldError', () => Effect.void)
  })

  test('of what runs under a lock is its own and that of the wait', () => {
    const inner = Effect.fail('own' as const)
    expectTypeOf(withLock(lock, inner)).toEqualTypeOf<Effect.Effect<never, 'own' | LockFailure>>()
    expectTypeOf(inner.pipe(withLock(lock))).toEqualTypeOf<Effect.Effect<never, 'own' | LockFailure>>()
    expectTypeOf(withPermits(new Semaphore(2), 1, inner)).toEqualTypeOf<
      Effect.Effect<never, 'own' | LockFailure>
    >()
    expectTypeOf(withAll([lock], inner)).toEqualTypeOf<Effect.Effect<never, 'own' | LockFailure>>()
    expectTypeOf(scoped(lock.acquire())).toEqualTypeOf<Effect.Effect<Held, LockFailure, Scope.Scope>>()
    expectTypeOf<WaitError<'ChannelClosedError'>>().not.toExtend<LockFailure>()
    // @ts-expect-error a queue gives no token
    withAll([queue], inner)
  })

  test('of streams', () => {
    expectTypeOf(toStream(queue)).toEqualTypeOf<Stream.Stream<number, WaitFailure>>()
    expectTypeOf(Stream.fail('own' as const).pipe(into(queue))).toEqualTypeOf<
      Effect.Effect<void, 'own' | WaitFailure>
    >()
    // @ts-expect-error the items are numbers
    into(queue, Stream.make('text'))
  })
})

test('effects as operations', () => {
  expectTypeOf(fromEffect(Effect.succeed(1))).toEqualTypeOf<Operation<number>>()
  // @ts-expect-error it needs a service
  void fromEffect(Effect.service(Context.Service<string>('S')))
})

test('submissions', () => {
  const executor: Executor = new InlineExecutor()
  const call = submit(executor, async (n: number) => `${n}`, 1)
  expectTypeOf(call).toEqualTypeOf<Effect.Effect<string, WaitFailure>>()
  const double = checkedFunction({ args: [Schema.NumberFromString], result: Schema.Number }, (n) => {
    expectTypeOf(n).toEqualTypeOf<number>()
    return n * 2
  })
  expectTypeOf(submitChecked(executor, double, [1])).toEqualTypeOf<
    Effect.Effect<number, WaitFailure | MismatchError>
  >()
  // @ts-expect-error the argument is a number here, and text on its way
  submitChecked(executor, double, ['1'])
  expectTypeOf(schemaCodec(Schema.NumberFromString)).toEqualTypeOf<Codec<number>>()
  class Work extends Context.Service<Work, Executor>()('Work') {}
  expectTypeOf(executorLayer(Work, () => new InlineExecutor())).toExtend<object>()
})
