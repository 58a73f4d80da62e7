/** What actors take, checked. */
import { requireArray, requireFunction, requireObject, requireString, shown } from './checks.ts'
import { requireWhole } from './pool/options.ts'
import type { ResourceLimits, WorkerFactory } from './spawn.ts'

/**
 * What becomes of an actor that failed: it goes on as it is (`resume`), with a new behaviour after a pause (`restart`), it ends
 * (`stop`), or it ends and hands the error on (`escalate`).
 */
export type Directive = 'resume' | 'restart' | 'stop' | 'escalate'

/** The pauses before restarts, in milliseconds. */
export interface Backoff {
  /** Before the first restart; default 100. */
  initial?: number | undefined
  /** How much longer each further pause is, until a message was handled; default 2. */
  factor?: number | undefined
  /** The longest one; default 30,000. */
  most?: number | undefined
}

/** What is told of a failure. */
export interface ActorFailure {
  /** The name of the actor. */
  readonly actor: string
  readonly directive: Directive
  /** Milliseconds until its restart; 0 for other directives. */
  readonly delay: number
  /** Messages in the mailbox that nobody will handle; 0 if it goes on. */
  readonly dropped: number
}

/** How the thread of an actor is started. */
export interface ActorThreadOptions {
  resourceLimits?: ResourceLimits | undefined
  env?: Readonly<Record<string, string | undefined>> | symbol | undefined
  worker?: WorkerFactory | undefined
}

export interface ActorOptions<P = unknown> {
  /** What the class is made with, at first and at each restart. */
  args?: readonly unknown[] | undefined
  /** Default `Actor-1`, `Actor-2`, … */
  name?: string | undefined
  /** How many messages lie in the mailbox at most; an integer of at least 1, or `Infinity`. Default 1024. */
  capacity?: number | undefined
  /** Whether it runs in a worker thread of its own; default `false`: in a task of this thread. */
  thread?: boolean | ActorThreadOptions | undefined
  /** What becomes of it when it fails, or a function that decides. Default `restart`. */
  supervise?: Directive | ((error: unknown) => Directive) | undefined
  backoff?: Backoff | undefined
  /** After so many restarts in a row, without a message handled between them, it escalates. Default 10. */
  maxRestarts?: number | undefined
  /** Is told of each failure. Default: `console.error`. */
  onFailure?: ((error: unknown, failure: ActorFailure) => void) | undefined
  /** The actor that fails, by its own supervision, when this one escalates; this one ends with it. */
  parent?: P | undefined
}

export interface ActorSetup {
  readonly args: readonly unknown[]
  readonly capacity: number
  readonly thread: ActorThreadOptions | undefined
  readonly supervise: (error: unknown) => Directive
  readonly backoff: { readonly initial: number; readonly factor: number; readonly most: number }
  readonly maxRestarts: number
  readonly onFailure: (error: unknown, failure: ActorFailure) => void
}

const SHAPE = '{ args?, name?, capacity?, thread?, supervise?, backoff?, maxRestarts?, onFailure?, parent? }'
const DIRECTIVES: readonly unknown[] = ['resume', 'restart', 'stop', 'escalate']

/** Throws an error that names the option that is wrong. */
export function actorSetup(options: ActorOptions): ActorSetup {
  requireObject('options', options, SHAPE)
  const {
    args = [],
    name,
    capacity = 1024,
    thread = false,
    supervise = 'restart',
    backoff = {},
    maxRestarts = 10,
    onFailure = log,
  } = options
  requireArray('args', args)
  if (name !== undefined) requireString('name', name)
  if (capacity !== Infinity) requireWhole('capacity', capacity, 1)
  if (typeof thread !== 'boolean') requireObject('thread', thread, '{ resourceLimits?, env?, worker? }')
  if (typeof supervise !== 'function') requireDirective('supervise', supervise)
  requireObject('backoff', backoff, '{ initial?, factor?, most? }')
  if (maxRestarts !== Infinity) requireWhole('maxRestarts', maxRestarts, 0)
  requireFunction('onFailure', onFailure)
  const { initial = 100, factor = 2, most = 30_000 } = backoff
  requireAtLeast('backoff.initial', initial, 0)
  requireAtLeast('backoff.factor', factor, 1)
  requireAtLeast('backoff.most', most, 0)
  return {
    args,
    capacity,
    thread: thread === true ? {} : thread === false ? undefined : thread,
    supervise: typeof supervise === 'function' ? supervise : () => supervise,
    backoff: { initial, factor, most },
    maxRestarts,
    onFailure,
  }
}

/** Throws `TypeError` unless `value` is one. */
export function requireDirective(name: string, value: unknown): Directive {
  if (!DIRECTIVES.includes(value))
    throw new TypeError(`${name} must be 'resume', 'restart', 'stop' or 'escalate', got ${shown(value)}`)
  return value as Directive
}

export function requireAtLeast(name: string, value: unknown, least: number): void {
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number, got ${shown(value)}`)
  if (!(value >= least)) throw new RangeError(`${name} must be at least ${least}, got ${value}`)
}

function log(error: unknown, { actor, directive, delay, dropped }: ActorFailure): void {
  const then =
    directive === 'restart'
      ? `restarts in ${delay} ms`
      : directive === 'resume'
        ? 'goes on'
        : `ends${dropped === 0 ? '' : `, and ${dropped} messages with it`}`
  console.error(`${actor} failed and ${then}:`, error)
}
