/**
 * The errors of Heddle: one small family. Each is constructed where it happens, so that its stack is true.
 * A bad argument is a plain `TypeError` or `RangeError` that names the parameter.
 */
import './globals.ts'

/** Base of every error that Heddle itself throws. */
export class HeddleError extends Error {
  override get name(): string {
    return 'HeddleError'
  }
}

/** A wait for one thing did not end within its `timeout`. */
export class TimeoutError extends HeddleError {
  override get name(): string {
    return 'TimeoutError'
  }
}

/** A wait was withdrawn by somebody else: `cancelWaiters()`, or the cancellation of its task. */
export class CancelledError extends HeddleError {
  override get name(): string {
    return 'CancelledError'
  }
}

/** Something was released that nobody holds. */
export class NotHeldError extends HeddleError {
  override get name(): string {
    return 'NotHeldError'
  }
}

/** Something was released, or used, by a thread or owner that does not hold it. */
export class NotOwnerError extends HeddleError {
  override get name(): string {
    return 'NotOwnerError'
  }
}

/** A bounded semaphore or a latch was released, or work on a queue said to be done, too often. Nothing was changed. */
export class OverReleaseError extends HeddleError {
  override get name(): string {
    return 'OverReleaseError'
  }
}

/** The lock was poisoned by a holder that found its data beyond repair. */
export class PoisonedError extends HeddleError {
  override get name(): string {
    return 'PoisonedError'
  }
}

/** The barrier is broken: a party timed out, aborted, died or failed in the action. */
export class BrokenBarrierError extends HeddleError {
  override get name(): string {
    return 'BrokenBarrierError'
  }
}

/** `block()` would sleep for ever: only this very thread could complete what it waits for. */
export class DeadlockError extends HeddleError {
  override get name(): string {
    return 'DeadlockError'
  }
}

/** `block()` would have to sleep where the platform does not allow it (the main thread of a page). */
export class WouldBlockError extends HeddleError {
  override get name(): string {
    return 'WouldBlockError'
  }
}

/** An operation was stepped as an iterator outside a running task. */
export class NotInTaskError extends HeddleError {
  override get name(): string {
    return 'NotInTaskError'
  }
}

/** `block()` on a choice whose arms belong to two different thread tables. */
export class ForeignTableError extends HeddleError {
  override get name(): string {
    return 'ForeignTableError'
  }
}

/** A handle cannot be attached: not a handle, another kind, another version, or damaged. */
export class HandleError extends HeddleError {
  override get name(): string {
    return 'HandleError'
  }
}

/** Memory cannot be shared here, so no handle can be made. */
export class SharingError extends HeddleError {
  override get name(): string {
    return 'SharingError'
  }
}

/** Every slot of the thread table is taken by a living thread. */
export class TooManyThreadsError extends HeddleError {
  override get name(): string {
    return 'TooManyThreadsError'
  }
}

/** A thread ended before the work it was given did: terminated, exited, crashed or out of memory. */
export class WorkerDiedError extends HeddleError {
  override get name(): string {
    return 'WorkerDiedError'
  }
}

/** A future was told to do what its state does not allow: a second result, a start after its end. */
export class InvalidStateError extends HeddleError {
  override get name(): string {
    return 'InvalidStateError'
  }
}

/** An executor did not take a submission: it is shut down, or its backlog is too long. */
export class RejectedSubmissionError extends HeddleError {
  override get name(): string {
    return 'RejectedSubmissionError'
  }
}

/** The queue is shut down: nothing can be put, or nothing is left to be taken. */
export class QueueShutDownError extends HeddleError {
  override get name(): string {
    return 'QueueShutDownError'
  }
}

/** The channel is closed: nothing can be sent, or nothing is left to be received. */
export class ChannelClosedError extends HeddleError {
  override get name(): string {
    return 'ChannelClosedError'
  }
}

/** Bytes are not what the codec made: damaged, cut off, or of another codec. */
export class CodecError extends HeddleError {
  override get name(): string {
    return 'CodecError'
  }
}

/** A pool cannot start workers: they fail again and again before they can work, most often in the initializer. */
export class BrokenPoolError extends HeddleError {
  override get name(): string {
    return 'BrokenPoolError'
  }
}

/** How a value reads in an error message. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return value.name === '' ? 'a function' : `function ${value.name}`
  if (typeof value !== 'object' || value === null) return String(value)
  const made = className(value)
  return made !== '' && made !== 'Object' ? `a ${made}` : 'an object'
}

/** The name of an object's class. Bundlers put `_` before the name of a class that refers to itself. */
export function className(value: object): string {
  const { name } = (value as { constructor?: { name?: unknown } }).constructor ?? {}
  return typeof name === 'string' ? name.replace(/^_(?=[A-Z])/, '') : ''
}

/** Throws unless `value` is an integer from `least` to `most`; returns it. */
export function requireInteger(
  name: string,
  value: unknown,
  least: number,
  most: number = 2 ** 31 - 1,
): number {
  if (typeof value !== 'number')
    throw new TypeError(`${name} must be an integer of at least ${least}, got ${shown(value)}`)
  if (!Number.isInteger(value) || value < least || value > most)
    throw new RangeError(`${name} must be an integer from ${least} to ${most}, got ${value}`)
  return value
}

/** Throws unless `value` is a time span in milliseconds, zero or more (`Infinity` means no limit); returns it. */
export function requireMilliseconds(name: string, value: unknown): number {
  if (typeof value !== 'number')
    throw new TypeError(`${name} must be a number of milliseconds, got ${shown(value)}`)
  if (!(value >= 0)) throw new RangeError(`${name} must be zero or more milliseconds, got ${value}`)
  return value
}

/** Throws unless `value` is a function; returns it. */
export function requireFunction<F>(name: string, value: F): F {
  if (typeof value !== 'function') throw new TypeError(`${name} must be a function, got ${shown(value)}`)
  return value
}
