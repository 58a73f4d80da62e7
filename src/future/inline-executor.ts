/** Runs each call within its submission. */
import type { Job } from './job.ts'
import { LoopExecutor } from './loop-executor.ts'

/**
 * Calls the function in `submit` itself, before that returns: for tests, and where code wants an executor but no
 * concurrency. A promise that the function returns is waited for afterwards; nothing ever waits to begin.
 */
export class InlineExecutor extends LoopExecutor {
  get pendingCount(): number {
    return 0
  }

  protected accept(job: Job): void {
    this.start(job)
  }

  protected next(): void {
    this.changed()
  }

  protected dropPending(): void {}

  protected resume(): void {}
}
