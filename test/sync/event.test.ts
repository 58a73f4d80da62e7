import { describe, expect, test } from 'vitest'
import {
  choose,
  DeadlockError,
  Event,
  HandleError,
  type Handle,
  Latch,
  run,
  select,
  TimeoutError,
} from '../../src/index.ts'
import { settle, states, watch } from '../support/watch.ts'

const both = [
  ['unshared', (options?: { autoReset?: boolean }) => new Event(options)],
  [
    'shared',
    (options?: { autoReset?: boolean }) => {
      const event = new Event(options)
      void event.handle
      return event
    },
  ],
] as const

describe.each(both)('a manual event, %s', (_, make) => {
  test('releases everybody while it is set', async () => {
    const event = make()
    const early = [watch(event.wait()), watch(event.wait())]
    await settle()
    expect(states(early)).toEqual(['pending', 'pending'])
    expect(event.isSet).toBe(false)
    event.set()
    expect(event.isSet).toBe(true)
    event.set()
    await settle()
    expect(states(early)).toEqual(['undefined', 'undefined'])
    await event.wait()
    expect(
      await run(function* () {
        yield* event.wait()
        return 'task'
      }),
    ).toBe('task')
    event.wait().block()
    event.clear()
    event.clear()
    expect(event.isSet).toBe(false)
    await expect(event.wait({ timeout: 0 }).start()).rejects.toThrow(TimeoutError)
  })

  test('set, then clear at once, releases who waited before, and nobody later', async () => {
    const event = make()
    const before = watch(event.wait())
    await settle()
    event.set()
    event.clear()
    const after = watch(event.wait())
    await settle()
    expect(states([before, after])).toEqual(['undefined', 'pending'])
    event.set()
    event.clear()
    await settle()
    expect(states([after])).toEqual(['undefined'])
    expect(event.statistics()).toEqual({ set: false, autoReset: false, waiters: 0 })
  })

  test('a choice takes it or leaves it', async () => {
    const [a, b] = [make(), make()]
    const choice = watch(select({ a: a.wait(), b: b.wait() }))
    await settle()
    b.set()
    await settle()
    expect(choice.value).toEqual({ key: 'b', value: undefined })
    expect(a.statistics().waiters).toBe(0)
    a.set()
    await settle()
    expect(choice.ends).toBe(1)
  })
})

describe.each(both)('an auto-reset event, %s', (_, make) => {
  test('lets one waiter through for each set, first in, first out', async () => {
    const event = make({ autoReset: true })
    const waits = [watch(event.wait()), watch(event.wait()), watch(event.wait())]
    await settle()
    event.set()
    expect(event.isSet).toBe(false)
    await settle()
    expect(states(waits)).toEqual(['undefined', 'pending', 'pending'])
    event.set()
    event.set()
    await settle()
    expect(states(waits)).toEqual(['undefined', 'undefined', 'undefined'])
  })

  test('remembers one set, however often it is set', async () => {
    const event = make({ autoReset: true })
    event.set()
    event.set()
    expect(event.isSet).toBe(true)
    await event.wait()
    const second = watch(event.wait())
    await settle()
    expect(second.state).toBe('pending')
    event.clear()
    event.set()
    await settle()
    expect(second.state).toBe('value')
    expect(event.isSet).toBe(false)
  })

  test('what a withdrawn waiter did not take stays for the next', async () => {
    const event = make({ autoReset: true })
    const controller = new AbortController()
    const [first, second] = [watch(event.wait({ signal: controller.signal })), watch(event.wait())]
    await settle()
    controller.abort(new Error('enough'))
    event.set()
    await settle()
    expect(first.error).toHaveProperty('message', 'enough')
    expect(second.state).toBe('value')
    event.set()
    await choose([event.wait(), event.wait()])
    expect(event.isSet).toBe(false)
  })
})

test('waits in a task that is behind a blocked thread are refused where only this thread could set it', () => {
  expect(() => new Event().wait().block()).toThrow(DeadlockError)
  expect(() => new Event({ autoReset: true }).wait().block()).toThrow(DeadlockError)
})

test('a shared event wakes a thread that nobody rings after its timeout', () => {
  const event = new Event()
  void event.handle
  expect(() => event.wait({ timeout: 5 }).block()).toThrow(TimeoutError)
  expect(event.statistics().waiters).toBe(0)
})

test('cancelWaiters ends the waits, with the given reason or a CancelledError', async () => {
  const event = new Event()
  const first = watch(event.wait())
  await settle()
  event.cancelWaiters()
  const second = watch(event.wait())
  await settle()
  event.cancelWaiters(new RangeError('mine'))
  await settle()
  expect(states([first, second])).toEqual(['CancelledError', 'RangeError'])
})

test('taking the handle keeps state, waiters and kind', async () => {
  const event = new Event({ autoReset: true })
  const wait = watch(event.wait())
  await settle()
  const { handle } = event
  expect(handle.heddle).toBe('Event')
  expect(Event.attach(handle)).toBe(event)
  event.set()
  await settle()
  expect(wait.state).toBe('value')
  const raised = new Event()
  raised.set()
  void raised.handle
  expect(raised.isSet).toBe(true)
})

test('inspect names the waiters', async () => {
  const event = new Event()
  void watch(event.wait())
  await settle()
  const { kind, id, shared, waiters } = event.inspect()
  expect({ kind, shared }).toEqual({ kind: 'Event', shared: false })
  expect(waiters).toEqual([{ name: 'async code', operation: `${id}.wait()`, age: expect.any(Number) }])
  event.set()
})

test.each([
  ['options', () => new Event(null as never), /options must be an object/],
  ['autoReset', () => new Event({ autoReset: 1 as never }), /autoReset must be a boolean, got 1/],
  ['timeout', () => new Event().wait({ timeout: -1 }), /timeout/],
  ['handle', () => Event.attach(new Latch(1).handle as never), /of a Latch, not of a Event/],
])('misuse: %s', (_, misuse, message) => {
  expect(misuse).toThrow(message)
})

test('a damaged kind in the memory is refused', () => {
  const { handle } = new Event()
  const memory = new SharedArrayBuffer(handle.memory.byteLength)
  const words = new Int32Array(memory)
  words.set(new Int32Array(handle.memory))
  words[4] = 0x1234 // another identity
  words[words.length - 1] = 7
  const damaged = { ...handle, memory } as Handle<'Event'>
  expect(() => Event.attach(damaged)).toThrow(HandleError)
})
