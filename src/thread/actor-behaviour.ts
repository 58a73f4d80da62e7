/** What an actor does with a message: an instance of a class, or a function. */
import { shown } from './checks.ts'

/** What the class of an actor has. */
export interface Behaviour<M, R> {
  /** Handles one message; what it gives answers an `ask`. A promise is waited for, a generator runs as a task. */
  receive(message: M): R
}

/** A class of behaviours, or a function that handles a message. */
export type Made = (new (...args: any[]) => Behaviour<any, unknown>) | ((message: any) => unknown)

/** Whether it is a class. Throws `TypeError` if it is neither that nor a function. */
export function isBehaviourClass(made: unknown): made is new (...args: any[]) => Behaviour<any, unknown> {
  if (typeof made !== 'function')
    throw new TypeError(`behaviour must be a class with a method receive, or a function, got ${shown(made)}`)
  if (typeof (made.prototype as Partial<Behaviour<any, any>> | undefined)?.receive === 'function') return true
  if (/^class\b/.test(Function.prototype.toString.call(made)))
    throw new TypeError(`the class ${made.name} must have a method receive(message), which handles messages`)
  return false
}

/** One that was made. */
export class Behaving {
  private readonly object: Partial<Disposable & AsyncDisposable> | undefined
  private readonly handle: (message: unknown) => unknown

  constructor(made: Made, isClass: boolean, args: readonly unknown[]) {
    if (!isClass) {
      this.object = undefined
      this.handle = made as (message: unknown) => unknown
      return
    }
    const object = new (made as new (...args: unknown[]) => Behaviour<unknown, unknown>)(...args)
    this.object = object as Partial<Disposable & AsyncDisposable>
    this.handle = (message) => object.receive(message)
  }

  receive(message: unknown): unknown {
    return this.handle(message)
  }

  /** Lets go of what it holds, if it says how. */
  dispose(): unknown {
    const { object } = this
    if (typeof Symbol.asyncDispose === 'symbol' && typeof object?.[Symbol.asyncDispose] === 'function')
      return object[Symbol.asyncDispose]!()
    if (typeof Symbol.dispose === 'symbol' && typeof object?.[Symbol.dispose] === 'function')
      return object[Symbol.dispose]!()
    return undefined
  }
}
