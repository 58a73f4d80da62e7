/** Who wants to know that a future is done, whatever its outcome: mostly a link of its own list, removed in one step. */
import type { Future } from './future.ts'

export interface Watcher {
  /** The future of `watch` is done; the watch is removed already. No user code may run in here. */
  _completed(watch: Watch): void
}

export class Watch {
  readonly future: Future<any>
  readonly watcher: Watcher
  /** Where the watcher keeps it. */
  index = -1
  private before: Watch | null = null
  private after: Watch | null = null

  constructor(future: Future<any>, watcher: Watcher) {
    this.future = future
    this.watcher = watcher
  }

  /** Begins to watch a future that was not done; if another thread has just brought it about, it is told within this call. */
  add(): void {
    this.future._watch(this)
  }

  /** Ends it; may be called again. */
  remove(): void {
    this.future._unwatch(this)
  }

  /** Into the list of its future. */
  link(): void {
    const { future } = this
    const head = future._watches
    this.after = head
    if (head !== null) head.before = this
    future._watches = this
  }

  /** Out of it, if it is there. */
  unlink(): void {
    const { before, after, future } = this
    if (before !== null) before.after = after
    else if (future._watches === this) future._watches = after
    if (after !== null) after.before = before
    this.before = this.after = null
  }
}
