/** A job on its way to a worker. */
import type { Job } from '../../index.ts'

import type { FunctionReference } from '../reference.ts'
import type { Mode } from './protocol.ts'

/** A function as the workers of one executor know it. */
export class FunctionEntry {
  readonly id: number
  readonly reference: FunctionReference
  /** Milliseconds that a call takes, as last measured; unknown at first. */
  pace: number = Number.NaN
  /** In a page it may be sent after this only. */
  checking: Promise<void> | undefined

  constructor(id: number, reference: FunctionReference, checking: Promise<void> | undefined) {
    this.id = id
    this.reference = reference
    this.checking = checking
  }

  /** `count` calls took so long. */
  measured(count: number, milliseconds: number): void {
    const pace = milliseconds / count
    this.pace = Number.isNaN(this.pace) ? pace : (this.pace + pace) / 2
  }
}

/** What is sent of a job. */
export interface Freight {
  readonly entry: FunctionEntry
  readonly mode: Mode
  /** Arguments, or items; a parcel of them if `packed`. */
  readonly value: unknown
  readonly packed: boolean
  readonly transfer: readonly object[]
  /** How many calls of the function it is. */
  readonly weight: number
  /** It is sent to a worker that does nothing else, and nothing is sent after it: it may be given up, or moves what it needs. */
  readonly alone: boolean
  /** It was submitted by a call of a worker. */
  readonly nested: boolean
  readonly onProgress: ((value: unknown) => void) | undefined
  /** Whether its future is running: it may have been sent, and taken back. */
  begun: boolean
}

export function freightOf(job: Job): Freight {
  return job.freight as Freight
}
