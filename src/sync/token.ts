/** A token that knows how much it stands for, and by itself whether it was given back: for holdings that nothing else tells apart. */
import { Held, type Holdable } from './held.ts'

export class Token extends Held {
  private readonly amount: number
  private out = true

  constructor(source: Holdable, count: number, abandoned = false) {
    super(source, abandoned)
    this.amount = count
  }

  override get count(): number {
    return this.amount
  }

  override release(): void {
    if (!this.out) return
    super.release()
    this.out = false
  }
}
