import { expect, test } from 'vitest'
import { Barrier, choose, Lock, never, NOT_READY, Operation, select, type Waiter } from '../../src/index.ts'
import { GRANTED, type Stepper, Wait } from '../../src/perform/wait.ts'
import { thread } from '../../src/wait/thread.ts'

/** Grants by hand, and says what came back. */
class Source extends Operation<string> {
  waiter: Waiter<string> | undefined
  readonly returned: unknown[] = []

  poll(): typeof NOT_READY {
    return NOT_READY
  }
  park(waiter: Waiter<string>): void {
    this.waiter = waiter
  }
  unpark(): boolean {
    return false
  }
  override giveBack(waiter: Waiter<string>, value: string): void {
    this.returned.push(value, waiter === this.waiter)
  }
}

const host: Stepper = { blocking: false, name: 'test', clock: thread.clock, resume() {} }

/** Parks it, has it granted, and then gives it up. */
function givenUp(operation: Operation<any>, grant: () => void): void {
  const wait = new Wait(operation, host)
  wait.park()
  grant()
  expect(wait.state).toBe(GRANTED)
  expect(() => wait.throw(new Error('cancelled'))).toThrow('cancelled')
}

const forms: Record<string, (source: Source, seen: unknown[]) => Operation<unknown>> = {
  alone: (source) => source,
  'mapped twice': (source, seen) => source.map((value) => seen.push(value)).map((value) => seen.push(value)),
  'in a choice': (source) => choose([never, source, never], { timeout: 1e6 }),
  'in a select': (source) => select({ a: never, b: source }),
  'in a select of a choice': (source, seen) =>
    select({ a: choose([never, source.map((value) => seen.push(value))]), b: never }),
}

test.each(Object.entries(forms))('a value that nobody receives goes back to its source: %s', (_, form) => {
  const source = new Source()
  const seen: unknown[] = []
  givenUp(form(source, seen), () => source.waiter!.grant('item'))
  expect(source.returned).toEqual(['item', true])
  expect(seen).toEqual([])
})

test('a lock goes on to the next', () => {
  const lock = new Lock()
  const held = lock.tryAcquire()!
  givenUp(choose([lock.acquire().map((token) => ({ token })), never]), () => held.release())
  expect(lock.locked).toBe(false)
})

test('a barrier still acts', () => {
  let acted = 0
  const barrier = new Barrier(2, () => void acted++)
  const first = new Wait(barrier.wait(), host)
  first.park()
  givenUp(barrier.wait(), () => {})
  expect([acted, first.state]).toEqual([1, GRANTED])
})
