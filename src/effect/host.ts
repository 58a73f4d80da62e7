/** A fiber as the host of a wait: how it goes on, and where its time comes from. */
import { Context, Duration, Effect, Clock as EffectClock, type Fiber } from 'effect'
import { type Clock, hostClock, type Stepper, type Wait } from '../index.ts'

export type AnyFiber = Fiber.Fiber<unknown, unknown>

/** One parked wait of a fiber. */
export class FiberHost implements Stepper {
  readonly blocking = false
  readonly clock: Clock
  private readonly fiber: AnyFiber
  private readonly goOn: () => void

  constructor(fiber: AnyFiber, goOn: () => void) {
    this.fiber = fiber
    this.clock = clockOf(fiber)
    this.goOn = goOn
  }

  get name(): string {
    return `fiber #${this.fiber.id}`
  }

  resume(_wait: Wait<any>): void {
    if (due.push(this.goOn) === 1) wake(this.fiber)
  }
}

/** So many fibers go on before the event loop has its turn. */
const BURST = 1024

let due: (() => void)[] = []
let spare: (() => void)[] = []
let left = BURST
const resolved = Promise.resolve()

/** A grant never runs the waiting code inside the granting one: fibers go on in a microtask, in the order of the grants. */
function wake(fiber: AnyFiber): void {
  if (left > 0) return void resolved.then(drain)
  left = BURST
  fiber.currentDispatcher.scheduleTask(drain, 0)
}

function drain(): void {
  const now = due
  due = spare
  left -= now.length
  for (const goOn of now) goOn()
  now.length = 0
  spare = now
}

const live: EffectClock.Clock = Context.get(Context.empty(), EffectClock.Clock)
const clocks = new WeakMap<EffectClock.Clock, Clock>()

/** The time of a fiber: the host's timers, or whatever clock the program was given. */
export function clockOf(fiber: AnyFiber): Clock {
  const clock = fiber.getRef(EffectClock.Clock)
  if (clock === live) return hostClock
  let made = clocks.get(clock)
  if (made === undefined) clocks.set(clock, (made = new ServiceClock(clock)))
  return made
}

/** Effect's clock service as a clock of Heddle's. Its timers never hold the process by themselves. */
class ServiceClock implements Clock {
  private readonly service: EffectClock.Clock

  constructor(service: EffectClock.Clock) {
    this.service = service
  }

  now(): number {
    return Number(this.service.monotonicTimeNanosUnsafe()) / 1e6
  }

  after<A>(milliseconds: number, f: (argument: A) => void, argument: A): unknown {
    const sleep = this.service.sleep(Duration.millis(milliseconds))
    return Effect.runFork(Effect.flatMap(sleep, () => Effect.sync(() => f(argument))))
  }

  cancel(timer: unknown): void {
    ;(timer as AnyFiber | undefined)?.interruptUnsafe()
  }
}
