/** Something with two sides: those who wait to take from it, and those who wait to give to it. */
import { Line } from './line.ts'
import { Waited } from './waited.ts'

export abstract class Sides extends Waited {
  /** @internal */
  readonly _takers: Line = new Line(this)
  /** @internal */
  readonly _givers: Line = new Line(this, this._takers)

  /** @internal */
  settle(): void {
    while (this._takers.serveOne() || this._givers.serveOne());
  }

  protected lines(): readonly Line[] {
    return [this._takers, this._givers]
  }
}
