/** Executors and pools in Effect programs: made by layers, asked by effects. */
import { type Context, Effect, Layer } from 'effect'
import type { Executor, Outcome, SubmitOptions } from '../index.ts'
import type { WaitFailure } from './failures.ts'
import { toEffect } from './to-effect.ts'

/**
 * Submits `f(...args)` at each run, and waits for its outcome. Interruption cancels a submission that has not begun, and
 * aborts the signal of one that has. An error that has a `_tag` fails as it is (`E`), any other as `UnknownError`.
 */
export function submit<A extends readonly unknown[], R, E = never>(
  executor: Executor,
  f: (...args: A) => R,
  ...args: A
): Effect.Effect<Outcome<R>, WaitFailure | E> {
  return submitWith(executor, {}, f, ...args)
}

/** As `submit`, with options of the submission, such as its priority. */
export function submitWith<A extends readonly unknown[], R, E = never>(
  executor: Executor,
  options: Omit<SubmitOptions, 'signal'>,
  f: (...args: A) => R,
  ...args: A
): Effect.Effect<Outcome<R>, WaitFailure | E> {
  return Effect.suspend(() => {
    const controller = new AbortController()
    const future = executor.with({ ...options, signal: controller.signal }).submit(f, ...args)
    return Effect.onInterrupt(toEffect<Outcome<R>, E>(future), () => Effect.sync(() => controller.abort()))
  })
}

/** What a layer makes: something that takes calls and can be shut down. */
interface Closable {
  shutdown(): PromiseLike<unknown>
}

/**
 * A layer that makes an executor, or a pool, when it is built, and shuts it down when its scope closes: what was submitted
 * is finished first. A test gives the same key an `InlineExecutor`.
 */
export function executorLayer<I, S extends Closable>(key: Context.Key<I, S>, make: () => S): Layer.Layer<I> {
  return Layer.effect(
    key,
    Effect.acquireRelease(Effect.sync(make), (made) =>
      Effect.promise(async () => void (await made.shutdown())),
    ),
  )
}
