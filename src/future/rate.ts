/** At most `limit` starts within any span of `per` milliseconds: a ring of the last `limit` starts. */
import { requireInteger, requireMilliseconds, shown } from '../errors.ts'

/** How often calls may begin. */
export interface Rate {
  /** How many calls may begin … */
  readonly limit: number
  /** … within any span of so many milliseconds. */
  readonly per: number
}

export class RateWindow {
  private readonly starts: Float64Array
  private readonly per: number
  private at = 0

  constructor(rate: Rate) {
    if (typeof rate !== 'object' || rate === null)
      throw new TypeError(`rate must be an object { limit, per }, got ${shown(rate)}`)
    this.starts = new Float64Array(requireInteger('rate.limit', rate.limit, 1)).fill(-Infinity)
    this.per = requireMilliseconds('rate.per', rate.per)
  }

  /** Milliseconds until the next start is allowed; 0 if it is now. */
  wait(now: number): number {
    return Math.max(0, this.starts[this.at]! + this.per - now)
  }

  /** One has begun. */
  count(now: number): void {
    this.starts[this.at] = now
    this.at = (this.at + 1) % this.starts.length
  }
}
