/** Counts which commands a model ran, so that a run that never reaches one of them fails. */
import { expect } from 'vitest'

export class Coverage {
  private readonly counts = new Map<string, number>()
  private readonly name: string

  constructor(name: string) {
    this.name = name
  }

  hit(command: string): void {
    this.counts.set(command, (this.counts.get(command) ?? 0) + 1)
  }

  /** Prints the counts, and fails if one of `commands` was never run. */
  report(commands: readonly string[]): void {
    const line = commands.map((command) => `${command} ${this.counts.get(command) ?? 0}`).join(', ')
    console.log(`${this.name}: ${line}`)
    for (const command of commands) expect(this.counts.get(command) ?? 0, command).toBeGreaterThan(0)
  }
}
