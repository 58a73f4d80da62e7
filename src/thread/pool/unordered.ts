/** The results of `imapUnordered`, each as soon as it is there. */
import { END, type Future, NOT_READY, type Poll, Stream, TimeoutError } from '../../index.ts'

/**
 * What `imapUnordered` gives: `for await (const result of …)`. Items are drawn as results are taken: at most `bufferSize` are
 * under way or wait to be taken. After an exception nothing more comes; leaving early cancels what has not begun.
 */
export class Unordered<R> extends Stream<R> {
  private readonly submit: (item: unknown) => Future<R>
  private readonly bufferSize: number
  private items: Iterator<unknown> | undefined
  private readonly running: Set<Future<R>> = new Set()
  private ended: Future<R>[] = []
  private broken: { readonly error: unknown } | undefined = undefined

  /** @internal */
  constructor(
    submit: (item: unknown) => Future<R>,
    items: Iterable<unknown>,
    bufferSize: number,
    timeout: number = Infinity,
  ) {
    super(timeout)
    this.submit = submit
    this.bufferSize = bufferSize
    this.items = items[Symbol.iterator]()
    this.fill()
  }

  get kind(): 'Unordered' {
    return 'Unordered'
  }

  protected take(): Poll<R> | typeof END {
    const future = this.ended.shift()
    if (future === undefined) {
      if (this.running.size > 0) return NOT_READY
      if (this.broken === undefined) return END
      const { error } = this.broken
      this.stop()
      throw error
    }
    let result: Poll<R>
    try {
      result = future.poll()
    } catch (error) {
      this.stop()
      throw error
    }
    this.fill()
    return result
  }

  protected stop(): void {
    this.closeItems()
    this.broken = undefined
    const rest = [...this.running, ...this.ended]
    this.running.clear()
    this.ended = []
    for (const future of rest) if (!future.cancel()) future._disregard()
  }

  protected late(): TimeoutError {
    return new TimeoutError('imapUnordered: the next result did not come in time')
  }

  private fill(): void {
    while (this.items !== undefined && this.running.size + this.ended.length < this.bufferSize) {
      try {
        const step = this.items.next()
        if (step.done) {
          this.items = undefined
          return
        }
        const future = this.submit(step.value)
        this.running.add(future)
        future.addDoneCallback(() => {
          if (!this.running.delete(future)) return
          this.ended.push(future)
          this.serve()
        })
      } catch (error) {
        this.broken = { error }
        this.closeItems()
      }
    }
  }

  private closeItems(): void {
    const { items } = this
    this.items = undefined
    try {
      items?.return?.()
    } catch {
      // The iteration is over; how the items take it changes nothing.
    }
  }
}
