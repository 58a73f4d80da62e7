/** What a thread and its starter tell each other. */
import type { Handle } from '../index.ts'
import type { Parcel } from './parcel.ts'
import type { PortableReference } from './portable.ts'

/** What a new thread is given. */
export interface Job {
  readonly name: string
  readonly f: PortableReference
  readonly args: Parcel
  /** Where the outcome goes. Absent in a page's worker, which answers by its own messages. */
  readonly port?: MessagePort
  /** Absent where no memory is shared. */
  readonly lifeline?: Handle<'Lifeline'>
}

/** How the work ended. */
export interface Outcome {
  readonly heddle: 'outcome'
  readonly failed: boolean
  /** The result or the error. */
  readonly value: Parcel
}
