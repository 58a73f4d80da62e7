/**
 * Jobs that wait, by priority; first in, first out among equals. One level a priority, the levels in a binary heap; a job
 * is a link of its level's list, so with one priority nothing is allocated or moved, and one that is cancelled leaves at
 * once, wherever it stands.
 *
 * Invariants: a level stands in the heap, at its `at`, exactly while it has jobs; a job has a level exactly while it waits.
 */
import type { Job } from './job.ts'

/** The jobs of one priority. */
export class Level {
  readonly queue: JobQueue
  readonly priority: number
  head: Job | null = null
  tail: Job | null = null
  /** Where it stands in the heap; -1 if it does not. */
  at = -1

  constructor(queue: JobQueue, priority: number) {
    this.queue = queue
    this.priority = priority
  }
}

export class JobQueue {
  size = 0
  /** Called with each job that was cancelled while it waited, once it is out of here. */
  readonly cancelled: (job: Job) => void
  /** The level of priority 0 stays for good. */
  private readonly plain: Level = new Level(this, 0)
  private readonly levels: Map<number, Level> = new Map([[0, this.plain]])
  private readonly heap: Level[] = []

  constructor(cancelled: (job: Job) => void) {
    this.cancelled = cancelled
  }

  push(job: Job): void {
    this.size++
    const level = job.priority === 0 ? this.plain : this.levelOf(job.priority)
    const { tail } = level
    job.level = level
    job.preceding = tail
    level.tail = job
    if (tail !== null) tail.following = job
    else {
      level.head = job
      this.rise(level, this.heap.push(level) - 1)
    }
  }

  /** The one that is next. */
  get head(): Job | undefined {
    return this.heap[0]?.head ?? undefined
  }

  shift(): Job | undefined {
    const { head } = this
    if (head !== undefined) this.remove(head)
    return head
  }

  /** Takes out a job that waits here. */
  remove(job: Job): void {
    const { preceding, following } = job
    const level = job.level!
    this.size--
    job.level = job.preceding = job.following = null
    if (preceding === null) level.head = following
    else preceding.following = following
    if (following === null) level.tail = preceding
    else following.preceding = preceding
    if (level.head === null) this.leave(level)
  }

  private levelOf(priority: number): Level {
    let level = this.levels.get(priority)
    if (level === undefined) this.levels.set(priority, (level = new Level(this, priority)))
    return level
  }

  /** A level has become empty. */
  private leave(level: Level): void {
    const { heap } = this
    const { at } = level
    level.at = -1
    if (level !== this.plain) this.levels.delete(level.priority)
    const last = heap.pop()!
    if (last === level) return
    this.sink(last, at)
    if (last.at === at) this.rise(last, at)
  }

  /** Puts a level at the free place `at`, or above. */
  private rise(level: Level, at: number): void {
    const { heap } = this
    while (at > 0) {
      const above = (at - 1) >> 1
      if (heap[above]!.priority >= level.priority) break
      this.place(heap[above]!, at)
      at = above
    }
    this.place(level, at)
  }

  /** Puts a level at the free place `at`, or below. */
  private sink(level: Level, at: number): void {
    const { heap } = this
    for (;;) {
      let below = 2 * at + 1
      if (below >= heap.length) break
      if (below + 1 < heap.length && heap[below + 1]!.priority > heap[below]!.priority) below++
      if (heap[below]!.priority <= level.priority) break
      this.place(heap[below]!, at)
      at = below
    }
    this.place(level, at)
  }

  private place(level: Level, at: number): void {
    this.heap[at] = level
    level.at = at
  }
}
