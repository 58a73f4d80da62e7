/** Calls to be made at given times: a binary heap, in which what is withdrawn stays until it comes to the top. */

/** A call that is still to be made. */
export class Alarm {
  readonly at: number
  /** The how many-th it is: of two for the same time the older is first. */
  readonly number: number
  /** `undefined` once it was made or withdrawn. */
  ring: (() => void) | undefined

  constructor(at: number, number: number, ring: (() => void) | undefined) {
    this.at = at
    this.number = number
    this.ring = ring
  }

  before(other: Alarm): boolean {
    return this.at < other.at || (this.at === other.at && this.number < other.number)
  }
}

/** What an alarm that is never due is withdrawn by. */
export const NEVER: Alarm = /* @__PURE__ */ new Alarm(Infinity, 0, undefined)

export class Alarms {
  /** How many are to be made. */
  size = 0
  private count = 0
  private readonly heap: Alarm[] = []

  add(at: number, ring: () => void): Alarm {
    const alarm = new Alarm(at, ++this.count, ring)
    this.size++
    const { heap } = this
    let place = heap.push(alarm) - 1
    for (let up = (place - 1) >> 1; place > 0 && alarm.before(heap[up]!); up = (place - 1) >> 1) {
      heap[place] = heap[up]!
      place = up
    }
    heap[place] = alarm
    return alarm
  }

  withdraw(alarm: Alarm): void {
    if (alarm.ring === undefined) return
    alarm.ring = undefined
    this.size--
  }

  /** The one that is due first. */
  first(): Alarm | undefined {
    while (this.heap[0] !== undefined && this.heap[0].ring === undefined) this.pop()
    return this.heap[0]
  }

  /** Takes the first one out, to be made. */
  shift(): (() => void) | undefined {
    const alarm = this.first()
    if (alarm === undefined) return undefined
    const { ring } = alarm
    this.withdraw(alarm)
    this.pop()
    return ring
  }

  private pop(): void {
    const { heap } = this
    const last = heap.pop()!
    if (heap.length === 0) return
    let place = 0
    for (;;) {
      let down = 2 * place + 1
      if (down + 1 < heap.length && heap[down + 1]!.before(heap[down]!)) down++
      if (down >= heap.length || !heap[down]!.before(last)) break
      heap[place] = heap[down]!
      place = down
    }
    heap[place] = last
  }
}
