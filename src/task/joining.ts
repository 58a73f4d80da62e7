/** A link in the list of a task's joiners, for who waits for several. */
import { Waiter } from '../operation/waiter.ts'
import type { Host } from '../operation/waiter.ts'
import type { Task } from './task.ts'

/** Is told that a task is over. */
export interface Watcher {
  ended(task: Task<any>, link: Joining): void
}

export class Joining extends Waiter<any> {
  readonly watcher: Watcher
  readonly host: Host
  readonly since = 0

  constructor(task: Task<any>, watcher: Watcher, host: Host) {
    super(task)
    this.watcher = watcher
    this.host = host
  }

  grant(): void {
    this.watcher.ended(this.operation as Task<any>, this)
  }

  fail(): void {
    this.watcher.ended(this.operation as Task<any>, this)
  }
}
