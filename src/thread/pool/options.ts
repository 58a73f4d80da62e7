/** What the workers of a pool are started with, and how many there are. */
import { requireArray, requireFunction, requireObject, requireString, shown } from '../checks.ts'
import { pack } from '../parcel.ts'
import { workerThreads } from '../platform.ts'
import { referTo } from '../reference.ts'
import type { ResourceLimits, WorkerFactory } from '../spawn.ts'
import type { ServeInput } from './protocol.ts'

/** How the workers of a pool or executor are started and stopped. */
export interface CrewOptions {
  /** Called in each worker before its first call; a promise that it returns is waited for. */
  initializer?: ((...args: any[]) => unknown) | undefined
  /** What the initializer is called with. */
  initargs?: readonly unknown[] | undefined
  /** A worker is replaced by a new one after so many calls; default: never. */
  maxTasksPerWorker?: number | undefined
  /**
   * Milliseconds that a call is given to end by itself when its future has ended before it, by a timeout or a signal; then
   * its thread is stopped, and replaced. Default 1000.
   */
  grace?: number | undefined
  /** A worker that had nothing to do for so many milliseconds ends, if there are more than the least number. Default: never. */
  idleTimeout?: number | undefined
  /**
   * A worker is added when (working + waiting calls) / workers is at least this and no worker is free; above 0 and at most 1.
   * Default 0.8.
   */
  growThreshold?: number | undefined
  /** A free worker above the least number ends when that ratio is at most this, less than `growThreshold`. Default 0.4. */
  shrinkThreshold?: number | undefined
  /** The workers are called `name-1`, `name-2`, … */
  name?: string | undefined
  /** The most memory that each worker may take. Only Node keeps to it. */
  resourceLimits?: ResourceLimits | undefined
  /** The environment variables of the workers, in place of a copy of this thread's; or Node's `SHARE_ENV`. Not in a page. */
  env?: Readonly<Record<string, string | undefined>> | symbol | undefined
  /**
   * Makes a worker where a bundler must see it: `() => new Worker(new URL('./entry.js', import.meta.url), { type: 'module' })`.
   * That entry file imports `heddle/worker` and the modules of the portable functions.
   */
  worker?: WorkerFactory | undefined
}

/** Checked, with everything in it. */
export interface CrewSetup {
  readonly least: number
  readonly most: number
  readonly name: string | undefined
  readonly setup: Omit<ServeInput, 'cells'>
  readonly maxTasksPerWorker: number
  readonly grace: number
  readonly idleTimeout: number
  readonly growThreshold: number
  readonly shrinkThreshold: number
  readonly start: { resourceLimits?: ResourceLimits; env?: unknown; worker?: WorkerFactory }
}

/** `limits` are the least and the greatest number of workers, checked. Throws an error that names the option. */
export function crewSetup(options: CrewOptions, limits: { least: number; most: number }): CrewSetup {
  const {
    initializer,
    initargs = [],
    maxTasksPerWorker = Infinity,
    grace = 1000,
    idleTimeout = Infinity,
    growThreshold = 0.8,
    shrinkThreshold = 0.4,
    name,
    resourceLimits,
    env,
    worker,
  } = options
  if (initializer !== undefined) requireFunction('initializer', initializer)
  requireArray('initargs', initargs)
  if (maxTasksPerWorker !== Infinity) requireWhole('maxTasksPerWorker', maxTasksPerWorker, 1)
  requireSpan('grace', grace)
  requireSpan('idleTimeout', idleTimeout)
  requireShare('growThreshold', growThreshold, (share) => share > 0 && share <= 1, 'above 0 and at most 1')
  requireShare('shrinkThreshold', shrinkThreshold, (share) => share >= 0 && share < 1, 'from 0 and below 1')
  if (shrinkThreshold >= growThreshold)
    throw new RangeError(
      `shrinkThreshold must be less than growThreshold (${growThreshold}), got ${shrinkThreshold}`,
    )
  if (name !== undefined) requireString('name', name)
  if (resourceLimits !== undefined)
    requireObject('resourceLimits', resourceLimits, '{ maxOldGenerationSizeMb?, … }')
  if (env !== undefined && typeof env !== 'symbol')
    requireObject('env', env, '{ NAME: "value", … } or SHARE_ENV')
  if (worker !== undefined) requireFunction('worker', worker)
  return {
    ...limits,
    name,
    setup: {
      initializer: initializer === undefined ? undefined : referTo(initializer, 'initializer'),
      initargs: pack(initargs, 'initargs').parcel,
    },
    maxTasksPerWorker,
    grace,
    idleTimeout,
    growThreshold,
    shrinkThreshold,
    start: {
      ...(resourceLimits !== undefined && { resourceLimits }),
      ...(env !== undefined && { env }),
      ...(worker !== undefined && { worker }),
    },
  }
}

/** As many as can run at once here. */
export function processors(): number {
  const host = (globalThis as { process?: NodeJS.Process }).process
  const counted =
    workerThreads() === undefined
      ? (globalThis as { navigator?: { hardwareConcurrency?: number } }).navigator?.hardwareConcurrency
      : host?.getBuiltinModule?.('node:os').availableParallelism()
  return Math.max(1, counted ?? 1)
}

/** Throws unless `value` is an integer of at least `least`. */
export function requireWhole(name: string, value: unknown, least: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least)
    throw new (typeof value === 'number' ? RangeError : TypeError)(
      `${name} must be an integer of at least ${least}, got ${shown(value)}`,
    )
  return value
}

function requireSpan(name: string, value: unknown): void {
  if (typeof value !== 'number' || !(value >= 0))
    throw new (typeof value === 'number' ? RangeError : TypeError)(
      `${name} must be zero or more milliseconds, got ${shown(value)}`,
    )
}

function requireShare(name: string, value: unknown, fits: (share: number) => boolean, range: string): void {
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number, got ${shown(value)}`)
  if (!fits(value)) throw new RangeError(`${name} must be ${range}, got ${value}`)
}
