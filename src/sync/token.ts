/** A token that knows how much it stands for, and by itself whether it was given back: for holdings that nothing else tells apart. */
import { Held, type Holdable } from './held.ts'

export class Token extends Held {
  /** How much it stands for. */
  readonly count: number
  private out = true

  constructor(source: Holdable, count: number, abandoned = false) {
    super(source, abandoned)
    this.count = count
  }

  override release(): void {
    if (!this.out) return
    super.release()
    this.out = false
  }
}
