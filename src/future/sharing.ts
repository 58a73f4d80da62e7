/**
 * How futures travel between threads. Filled in by `shared.ts`, so that a bundle in which nothing uses `Future` or
 * `attach` as a value carries neither codec nor lifeline: every bundle has futures, because `start()` gives them.
 */
import { SharingError } from '../errors.ts'
import type { Handle } from '../wait/handle.ts'
import type { Future } from './future.ts'

declare const GIVES: unique symbol

/** What stands for a future on its way to another thread. */
export interface FutureHandle<T = unknown> extends Handle<'Future'> {
  /** Where the outcome will be. */
  readonly room: SharedArrayBuffer
  /** For the compiler alone. */
  readonly [GIVES]?: T
}

interface Sharing {
  handleOf<T>(future: Future<T>): FutureHandle<T>
  attach<T>(handle: FutureHandle<T>): Future<T>
}

const refuse = (): never => {
  throw new SharingError(
    'futures cannot be shared by this bundle, because nothing in it uses Future or attach of heddle as a value',
  )
}

export const sharing: Sharing = { handleOf: refuse, attach: refuse }
