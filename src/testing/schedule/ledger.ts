/** Keeps account of what was handed over, so that a run that loses a result, or delivers it twice, fails. */

/** What was sent and what was received. As a part of a scenario's state it is checked at the end of each run. */
export class Ledger<T = unknown> {
  private readonly onTheWay: T[] = []

  /** `value` was handed over, and has to arrive. */
  sent(value: T): void {
    this.onTheWay.push(value)
  }

  /** `value` arrived. Throws if it is not on the way: it was never sent, or arrives for the second time. */
  received(value: T): void {
    const place = this.onTheWay.indexOf(value)
    if (place < 0) throw new Error(`${String(value)} was received although it was not on the way`)
    this.onTheWay.splice(place, 1)
  }

  /** What was sent and did not arrive yet. */
  get missing(): readonly T[] {
    return [...this.onTheWay]
  }

  /** Throws if something did not arrive. */
  check(): void {
    if (this.onTheWay.length > 0) throw new Error(`never received: ${this.onTheWay.map(String).join(', ')}`)
  }
}
