/** What a worker and its starter tell each other, besides what the program that runs there has to say. */
import type { Handle } from '../index.ts'
import type { Parcel } from './parcel.ts'

/** What runs in a worker: one call, the serving of a pool, or an actor. */
export type Program = 'call' | 'serve' | 'actor'

/** What a new worker is given: as worker data, or as the first message of one that a factory made. */
export interface Boot {
  readonly name: string
  readonly program: Program
  /** The program's own; see `call.ts` and the pool. */
  readonly input: unknown
  /** The other end of the link. */
  readonly port: MessagePort
  /** Absent where no memory is shared. */
  readonly lifeline?: Handle<'Lifeline'>
  /** A factory made the worker, and its entry file has imported the modules of the portable functions itself. */
  readonly preloaded: boolean
}

/** Told by the link itself; never seen by a program. */
export type Note =
  /** The worker's entry file runs. */
  | { readonly heddle: 'ready' }
  /** Written to `process.stdout` (1) or `process.stderr` (2) of the worker. */
  | { readonly heddle: 'output'; readonly to: 1 | 2; readonly data: string | Uint8Array }
  /** It dies, of this error. */
  | { readonly heddle: 'dying'; readonly error: Parcel }
  /** Its work is done. */
  | { readonly heddle: 'done' }

export function isNote(message: unknown): message is Note {
  return typeof message === 'object' && message !== null && Object.hasOwn(message, 'heddle')
}
