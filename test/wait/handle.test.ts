/** Handles in one thread: identity, and what is refused. */
import { types } from 'node:util'
import { describe, expect, test } from 'vitest'
import { attach, Event, type Handle, HandleError, Lock } from '../../src/index.ts'

/** A copy of a lock's handle whose memory is not shared with it, after `change`. */
function damaged(change: (words: Int32Array, table: Int32Array) => void): Handle<'Lock'> {
  const { handle } = new Lock()
  const [memory, table] = [handle.memory, handle.table].map((buffer) => {
    const copy = new SharedArrayBuffer(buffer.byteLength)
    new Int32Array(copy).set(new Int32Array(buffer))
    return copy
  }) as [SharedArrayBuffer, SharedArrayBuffer]
  change(new Int32Array(memory), new Int32Array(table))
  return { ...handle, memory, table }
}

function truncated(by: number): Handle<'Lock'> {
  const { handle } = new Lock()
  const memory = new SharedArrayBuffer(handle.memory.byteLength - by)
  new Int8Array(memory).set(new Int8Array(handle.memory).subarray(0, memory.byteLength))
  return { ...handle, memory }
}

describe('identity', () => {
  test('one object a primitive, through any number of clones, and for the maker too', () => {
    const lock = new Lock()
    const { handle } = lock
    expect(Lock.attach(handle)).toBe(lock)
    const [{ inner }] = structuredClone(structuredClone([{ inner: handle }]))
    expect(inner.memory).not.toBe(handle.memory)
    expect(types.isSharedArrayBuffer(inner.memory)).toBe(true)
    expect(Lock.attach(inner)).toBe(lock)
    expect(attach(inner)).toBe(lock)
    expect(Lock.attach(lock.handle)).toBe(lock)
  })

  test('taking the handle moves the state, and the waiters, and a token stays good', async () => {
    const lock = new Lock()
    const held = lock.tryAcquire()!
    const order: number[] = []
    const waits = [1, 2].map((n) => lock.run(() => void order.push(n)))
    const { handle } = lock
    expect(lock.locked).toBe(true)
    expect(lock.statistics()).toEqual({ locked: true, waiters: 2 })
    waits.push(Lock.attach(handle).run(() => void order.push(3)))
    held.release()
    await Promise.all(waits)
    expect(order).toEqual([1, 2, 3])
    expect(lock.locked).toBe(false)
  })

  test('the memory stays the same, whoever takes the handle again', () => {
    const lock = new Lock()
    expect(lock.handle.memory).toBe(lock.handle.memory)
  })
})

describe('refusals', () => {
  const lock = new Lock()
  test.each<[string, () => unknown, RegExp]>([
    ['the lock itself', () => lock, /a Lock; send lock\.handle, not the lock/],
    ['a number', () => 1, /got 1; send lock\.handle/],
    ['null', () => null, /got null; send lock\.handle/],
    ['undefined', () => undefined, /got undefined; send lock\.handle/],
    ['a foreign object', () => ({ table: 1 }), /an object; send lock\.handle/],
    ['another kind', () => new Event().handle, /handle is of a Event, not of a Lock/],
    ['another version', () => ({ ...lock.handle, version: 2 }), /is of version 2, .* version 1/],
    ['no version', () => ({ ...lock.handle, version: undefined }), /is of version undefined/],
    ['no memory', () => ({ ...lock.handle, memory: undefined }), /handle\.memory .* got undefined/],
    [
      'memory that is not shared',
      () => ({ ...lock.handle, memory: new ArrayBuffer(8) }),
      /shared memory, got a ArrayBuffer/,
    ],
    ['no table', () => ({ ...damaged(() => {}), table: undefined }), /handle\.table/],
    [
      'a table of another size',
      () => ({ ...damaged(() => {}), table: new SharedArrayBuffer(64) }),
      /handle\.table/,
    ],
    ['a damaged table', () => damaged((_, table) => void (table[0] = 1)), /handle\.table/],
    ['a table with other slots', () => damaged((_, table) => void (table[2] = 64)), /handle\.table/],
    ['damaged memory', () => damaged((words) => void (words[0] = 1)), /damaged or of another version/],
    ['memory of another version', () => damaged((words) => void (words[1] = 2)), /another version/],
    ['memory of another kind', () => damaged((words) => void words[2]!++), /is not that of a Lock/],
    ['memory of another length', () => damaged((words) => void words[3]!++), /damaged/],
    ['memory that lacks a word', () => truncated(4), /damaged/],
    ['memory that lacks a byte', () => truncated(1), /shared memory/],
    ['no memory at all', () => ({ ...lock.handle, memory: new SharedArrayBuffer(0) }), /damaged/],
  ])('%s', (_, make, message) => {
    const handle = make() as Handle<'Lock'>
    expect(() => Lock.attach(handle)).toThrow(HandleError)
    expect(() => Lock.attach(handle)).toThrow(message)
  })

  test('the generic attach refuses a kind it does not know', () => {
    expect(() => attach({ ...lock.handle, heddle: 'Gadget' } as never)).toThrow(HandleError)
  })

  test('an undamaged copy is a lock of its own', () => {
    const handle = damaged((words) => void words[4]!++)
    expect(Lock.attach(handle)).not.toBe(lock)
  })

  test.each([
    ['structuredClone', (value: unknown) => structuredClone(value)],
    ['postMessage', (value: unknown) => new MessageChannel().port1.postMessage(value)],
  ])('%s of the lock itself throws, and says what to send', (_, send) => {
    for (const one of [new Lock(), lock]) expect(() => send({ lock: one })).toThrow(/send_the_handle/)
  })
})
