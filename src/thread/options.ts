/** What a thread is started with. */
import {
  requireArray,
  requireBoolean,
  requireFunction,
  requireObject,
  requireString,
  shown,
} from './checks.ts'
import type { ResourceLimits, WorkerFactory } from './spawn.ts'

/** What `new Thread` takes besides the function. */
export interface ThreadOptions<A extends readonly unknown[] = readonly unknown[]> {
  /** What the function is called with. Primitives of Heddle in it arrive as the same primitives. */
  args?: A
  /** Default `Thread-1`, `Thread-2`, … */
  name?: string
  /** Whether the process may end while it runs; default `false`. */
  daemon?: boolean
  /** Buffers, ports and streams in `args` that are moved instead of copied; see also `transfer()`. */
  transfer?: readonly object[]
  /** The most memory that the thread may take. Only Node keeps to it. */
  resourceLimits?: ResourceLimits
  /** Its environment variables, in place of a copy of this thread's; or Node's `SHARE_ENV`. Not in a page. */
  env?: Readonly<Record<string, string | undefined>> | symbol
  /**
   * Makes the worker where a bundler must see it: `() => new Worker(new URL('./entry.js', import.meta.url), { type: 'module' })`.
   * That entry file imports `heddle/worker` and the modules of the portable functions.
   */
  worker?: WorkerFactory
}

const SHAPE = '{ args?, name?, daemon?, transfer?, resourceLimits?, env?, worker? }'

/** Throws `TypeError` that names the option that is wrong. */
export function checkedOptions(options: unknown, isRun: boolean): ThreadOptions {
  if (options === undefined) return {}
  requireObject('options', options, SHAPE)
  const { args, name, daemon, transfer, resourceLimits, env, worker } = options as ThreadOptions
  if (args !== undefined && isRun)
    throw new TypeError('args are for a function; what run() needs are fields of the object')
  if (args !== undefined) requireArray('args', args)
  if (name !== undefined) requireString('name', name)
  if (daemon !== undefined) requireBoolean('daemon', daemon)
  if (transfer !== undefined) requireArray('transfer', transfer)
  if (resourceLimits !== undefined)
    requireObject('resourceLimits', resourceLimits, '{ maxOldGenerationSizeMb?, … }')
  if (env !== undefined && typeof env !== 'symbol')
    requireObject('env', env, '{ NAME: "value", … } or SHARE_ENV')
  if (worker !== undefined) requireFunction('worker', worker)
  if (worker !== undefined && (env !== undefined || resourceLimits !== undefined))
    throw new TypeError(
      `env and resourceLimits are given to the worker by the factory itself, got ${shown(env ?? resourceLimits)}`,
    )
  return options as ThreadOptions
}
