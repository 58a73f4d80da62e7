/**
 * Jobs that wait, by priority; first in, first out among equals. One level a priority, the levels in a binary heap; a job
 * is a link of its level's list, so with one priority nothing is allocated or moved.
 */
import type { Job } from './job.ts'

class Level {
  readonly priority: number
  head: Job | null = null
  tail: Job | null = null

  constructor(priority: number) {
    this.priority = priority
  }
}

export class JobQueue {
  size = 0
  /** The level of priority 0 stays for good, and stands in the heap while it has jobs. */
  private readonly plain: Level = new Level(0)
  private readonly levels: Map<number, Level> = new Map([[0, this.plain]])
  private readonly heap: Level[] = []

  push(job: Job): void {
    this.size++
    const level = job.priority === 0 ? this.plain : this.levelOf(job.priority)
    if (level.tail === null) {
      level.head = level.tail = job
      this.rise(level)
    } else {
      level.tail.following = job
      level.tail = job
    }
  }

  /** The one that is next. */
  get head(): Job | undefined {
    return this.heap[0]?.head ?? undefined
  }

  shift(): Job | undefined {
    const level = this.heap[0]
    if (level === undefined) return undefined
    const job = level.head!
    this.size--
    level.head = job.following
    job.following = null
    if (level.head === null) {
      level.tail = null
      if (level !== this.plain) this.levels.delete(level.priority)
      this.sink()
    }
    return job
  }

  private levelOf(priority: number): Level {
    let level = this.levels.get(priority)
    if (level === undefined) this.levels.set(priority, (level = new Level(priority)))
    return level
  }

  /** A level has got its first job. */
  private rise(level: Level): void {
    const { heap } = this
    let at = heap.push(level) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      if (heap[above]!.priority >= level.priority) break
      heap[at] = heap[above]!
      at = above
    }
    heap[at] = level
  }

  /** The highest level is empty. */
  private sink(): void {
    const { heap } = this
    const last = heap.pop()!
    if (heap.length === 0) return
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= heap.length) break
      if (below + 1 < heap.length && heap[below + 1]!.priority > heap[below]!.priority) below++
      if (heap[below]!.priority <= last.priority) break
      heap[at] = heap[below]!
      at = below
    }
    heap[at] = last
  }
}
