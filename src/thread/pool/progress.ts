/** How far a map is, as a stream that leaves out what nobody looked at. */
import { END, NOT_READY, type Poll, Stream } from '../../index.ts'
import type { Progress } from './mapping.ts'

interface Counted {
  readonly completed: number
  readonly total: number
}

/** Gives `{ done, total }` whenever more is done than at the last look. */
export class ProgressStream extends Stream<Progress> {
  /** @internal */
  onClose: () => void = () => undefined
  private readonly map: Counted
  private seen = 0
  private closed = false

  /** @internal */
  constructor(map: Counted & { readonly done: boolean }) {
    super(Infinity)
    this.map = map
    this.closed = map.done
  }

  get kind(): 'Progress' {
    return 'Progress'
  }

  /** @internal */
  changed(): void {
    this.serve()
  }

  protected take(): Poll<Progress> | typeof END {
    const { completed, total } = this.map
    if (completed > this.seen) {
      this.seen = completed
      return { done: completed, total }
    }
    return this.closed ? END : NOT_READY
  }

  protected stop(): void {
    this.closed = true
    this.onClose()
  }

  protected late(): Error {
    return new Error('a progress has no deadline')
  }
}
