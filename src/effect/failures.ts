/** How the errors of Heddle read in the error channel of an Effect. */
import { Cause, Data, Effect } from 'effect'
import { HeddleError } from '../index.ts'

/** The errors of a wait that a program is expected to handle, by the tag that `Effect.catchTag` sees. */
export type WaitFailureTag =
  | 'AbortError'
  | 'BrokenBarrierError'
  | 'CancelledError'
  | 'ChannelClosedError'
  | 'PoisonedError'
  | 'QueueShutDownError'
  | 'WorkerDiedError'

const tags: ReadonlySet<string> = new Set<WaitFailureTag>([
  'AbortError',
  'BrokenBarrierError',
  'CancelledError',
  'ChannelClosedError',
  'PoisonedError',
  'QueueShutDownError',
  'WorkerDiedError',
])

/** An error of Heddle as a typed failure: `_tag` is its name, `cause` the error itself. */
export class WaitError<Tag extends WaitFailureTag = WaitFailureTag> extends Data.Error<{
  readonly _tag: WaitFailureTag
  readonly message: string
  readonly cause: unknown
}> {
  declare readonly _tag: Tag

  constructor(tag: Tag, cause: unknown) {
    super({ _tag: tag, message: cause instanceof Error ? cause.message : String(cause), cause })
    this.name = tag
  }
}

type Tagged<Tags extends WaitFailureTag> = { [Tag in Tags]: WaitError<Tag> }[Tags]

/**
 * What a wait can fail with, one member a tag. A timeout is effect's own `TimeoutError`; what code that was waited for
 * threw, and has no tag, is the cause of effect's own `UnknownError`.
 */
export type WaitFailure = Cause.TimeoutError | Cause.UnknownError | Tagged<WaitFailureTag>

/** What waiting for a lock, or for permits, can fail with. */
export type LockFailure = Cause.TimeoutError | Tagged<'AbortError' | 'CancelledError' | 'PoisonedError'>

/**
 * The error of a wait as an effect. What a program is expected to handle fails; misuse is a defect. An error with a
 * `_tag` of its own, such as an effect's that came through `fromEffect`, fails as it is.
 */
export function failed(error: unknown): Effect.Effect<never, any> {
  if (hasTag(error)) return Effect.fail(error)
  const name = (error as Partial<Error> | null | undefined)?.name
  if (error instanceof HeddleError) {
    if (name === 'TimeoutError') return Effect.fail(new Cause.TimeoutError(error.message))
    return isTag(name) ? Effect.fail(new WaitError(name, error)) : Effect.die(error)
  }
  // What a platform's own AbortSignal gives as its reason.
  if (name === 'AbortError') return Effect.fail(new WaitError(name, error))
  if (name === 'TimeoutError') return Effect.fail(new Cause.TimeoutError((error as Error).message))
  return Effect.fail(new Cause.UnknownError(error))
}

function isTag(name: string | undefined): name is WaitFailureTag {
  return name !== undefined && tags.has(name)
}

function hasTag(error: unknown): error is { readonly _tag: string } {
  return typeof (error as { _tag?: unknown } | null | undefined)?._tag === 'string'
}
