/** A token that knows by itself whether it was given back: for holdings that no epoch tells apart. */
import { Held, type Holdable } from './held.ts'

export class Token extends Held {
  private out = true

  constructor(source: Holdable, count: number, abandoned: boolean) {
    super(source, 0, count, abandoned)
  }

  override release(): void {
    if (!this.out) return
    super.release()
    this.out = false
  }
}
