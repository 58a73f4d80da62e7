/**
 * Tasks that can go on: first in, first out among equals, linked through the tasks themselves.
 *
 * Higher priorities go first. Fairness: each time a level is passed over it ages, and a level that was passed over
 * `PATIENCE` times is served before all others, so a task waits at most for `PATIENCE` others of higher priority for each
 * one in front of it on its own level.
 */
import type { Task } from './task.ts'

/** How often a level is passed over, at most. Higher would favour priorities more, and starve longer. */
export const PATIENCE = 32

class Level {
  readonly priority: number
  head: Task<any> | null = null
  tail: Task<any> | null = null
  passed = 0

  constructor(priority: number) {
    this.priority = priority
  }

  push(task: Task<any>): void {
    if (this.tail === null) this.head = task
    else this.tail._next = task
    this.tail = task
  }

  shift(): Task<any> | null {
    const task = this.head
    if (task === null) return null
    this.head = task._next
    if (this.head === null) this.tail = null
    task._next = null
    return task
  }

  remove(task: Task<any>): void {
    let before: Task<any> | null = null
    for (let link = this.head; link !== null; before = link, link = link._next) {
      if (link !== task) continue
      if (before === null) this.head = task._next
      else before._next = task._next
      if (this.tail === task) this.tail = before
      task._next = null
      return
    }
  }
}

export class ReadyQueue {
  size = 0
  private readonly plain: Level = new Level(0)
  /** Highest priority first; only `plain` while nobody asked for another. */
  private levels: Level[] = [this.plain]

  push(task: Task<any>): void {
    this.size++
    if (task._extras === null || task._extras.priority === 0) this.plain.push(task)
    else this.level(task._extras.priority).push(task)
  }

  shift(): Task<any> | null {
    if (this.size === 0) return null
    this.size--
    return this.levels.length === 1 ? this.plain.shift() : this.choose().shift()
  }

  /** Takes out one that a strategy chose. */
  remove(task: Task<any>): void {
    this.size--
    this.level(task.priority).remove(task)
  }

  /** All of them, the next one first (ageing apart). */
  list(): Task<any>[] {
    const list: Task<any>[] = []
    for (const { head } of this.levels)
      for (let task = head; task !== null; task = task._next) list.push(task)
    return list
  }

  /** The level whose turn it is; there is one that is not empty. */
  private choose(): Level {
    let first: Level | undefined
    let oldest: Level | undefined
    for (const level of this.levels) {
      if (level.head === null) continue
      if (first === undefined) first = level
      else if (++level.passed > PATIENCE && (oldest === undefined || level.passed > oldest.passed))
        oldest = level
    }
    const chosen = oldest ?? (first as Level)
    chosen.passed = 0
    return chosen
  }

  private level(priority: number): Level {
    const found = this.levels.find((level) => level.priority === priority)
    if (found !== undefined) return found
    const made = new Level(priority)
    this.levels = [...this.levels, made].sort((a, b) => b.priority - a.priority)
    return made
  }
}
