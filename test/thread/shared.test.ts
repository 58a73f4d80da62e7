import { HandleError, HeddleError, Lock, RLock } from 'heddle'
import { SharedArray, type SharedType, SharedValue, Thread } from 'heddle/threads'
import { afterEach, describe, expect, test } from 'vitest'

const running: Thread[] = []

function start(f: (...args: any[]) => unknown, ...args: unknown[]): Thread {
  const thread = new Thread(f, { args }).start()
  running.push(thread)
  return thread
}

afterEach(() => {
  for (const thread of running.splice(0)) thread.terminate()
})

const INTEGERS = ['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32'] as const
const BIG = ['bigint64', 'biguint64'] as const
const UNATOMIC = ['float32', 'float64', 'uint8clamped'] as const

describe('SharedValue', () => {
  test('holds a number of its type, zero at first', () => {
    expect(new SharedValue('float64').value).toBe(0)
    const value = new SharedValue('float64', 0.5)
    value.value += 1
    expect(value.value).toBe(1.5)
    const byte = new SharedValue('uint8', 255)
    byte.value++
    expect(byte.value).toBe(0)
    expect(new SharedValue('bigint64', -1n).value).toBe(-1n)
  })

  test.each(INTEGERS)('atomic operations of %s give the value before', (type) => {
    const value = new SharedValue(type, 12)
    expect(value.add(3)).toBe(12)
    expect(value.sub(5)).toBe(15)
    expect(value.and(6)).toBe(10)
    expect(value.or(5)).toBe(2)
    expect(value.xor(1)).toBe(7)
    expect(value.exchange(9)).toBe(6)
    expect(value.compareExchange(8, 1)).toBe(9)
    expect(value.compareExchange(9, 1)).toBe(9)
    expect(value.load()).toBe(1)
    value.store(4)
    expect(value.value).toBe(4)
  })

  test.each(BIG)('and those of %s', (type) => {
    const value = new SharedValue(type, 1n)
    expect([value.add(2n), value.compareExchange(3n, 4n), value.load()]).toEqual([1n, 3n, 4n])
  })

  test.each(UNATOMIC)('%s has none, and says what to do', (type) => {
    const value = new SharedValue(type, 1)
    expect(() => value.add(1)).toThrow(`add() is not there for ${type}`)
    expect(() => value.load()).toThrow(/change it while you hold getLock\(\)/)
    expect(() => new SharedArray(type, 1).exchange(0, 1)).toThrow(TypeError)
    expect(value.value).toBe(1)
  })

  test('travels as itself, and is one object there and here', async () => {
    const value = new SharedValue('int32', 1)
    const thread = start(
      (a: SharedValue<'int32'>, b: { again: SharedValue<'int32'> }) => {
        a.add(41)
        return [a === b.again, a]
      },
      value,
      { again: value },
    )
    const [same, back] = (await thread.join()) as [boolean, unknown]
    expect(same).toBe(true)
    expect(back).toBe(value)
    expect(value.value).toBe(42)
  })

  test('a plain update under its lock is never lost', () => {
    const value = new SharedValue('float64', 0)
    const work = (counter: SharedValue<'float64'>, times: number): void => {
      const lock = counter.getLock()
      for (let i = 0; i < times; i++) {
        const held = lock.acquire().block()
        counter.value++
        held.release()
      }
    }
    for (const thread of [1, 2, 3].map(() => start(work, value, 1000))) thread.join().block()
    expect(value.value).toBe(3000)
  })

  test('its lock may be given, an RLock too, or left out', async () => {
    const lock = new RLock()
    expect(new SharedValue('int8', 0, { lock }).getLock()).toBe(lock)
    const value = new SharedValue('int32', 0, { lock })
    const kind = await start((given: SharedValue<'int32'>) => given.getLock().kind, value).join()
    expect(kind).toBe('RLock')
    const bare = new SharedValue('int32', 5, { lock: false })
    expect(() => bare.getLock()).toThrow(HeddleError)
    expect(await start((given: SharedValue<'int32'>) => given.exchange(6), bare).join()).toBe(5)
    expect(bare.value).toBe(6)
  })

  test('a structured clone of it is refused', () => {
    expect(() => structuredClone(new SharedValue('int8'))).toThrow(/send_the_handle|can ?not be cloned/)
  })
})

describe('SharedArray', () => {
  test('is a typed array, of zeros or of items', () => {
    const array = new SharedArray('int32', 3)
    array[1] = 5
    array[2]!++
    expect([...array]).toEqual([0, 5, 1])
    expect(array).toBeInstanceOf(Int32Array)
    expect(array).toBeInstanceOf(SharedArray)
    expect(new Int32Array(1)).not.toBeInstanceOf(SharedArray)
    expect([...new SharedArray('float32', new Set([0.5, 2]))]).toEqual([0.5, 2])
    const doubled = array.map((x) => 2 * x)
    expect([...doubled]).toEqual([0, 10, 2])
    expect(doubled).not.toBeInstanceOf(SharedArray)
    expect(new SharedArray('uint8', 0)).toHaveLength(0)
  })

  test('atomic operations by index give the element before', () => {
    const array = new SharedArray('int16', [12, 0])
    expect([array.add(0, 3), array.sub(0, 5), array.and(0, 6), array.or(0, 5)]).toEqual([12, 15, 10, 2])
    expect([array.xor(0, 1), array.exchange(0, 9), array.compareExchange(0, 9, 1)]).toEqual([7, 6, 9])
    array.store(1, 4)
    expect([array.load(0), array.load(1)]).toEqual([1, 4])
    expect(() => array.add(2, 1)).toThrow('index must be an integer from 0 to 1, got 2')
    expect(() => array.add(0.5, 1)).toThrow(RangeError)
    expect(() => array.add(0, 1n as never)).toThrow('n must be a number for int16, got 1')
  })

  test('travels as itself, with its lock', async () => {
    const array = new SharedArray('float64', [1, 2, 3])
    const thread = start((given: SharedArray<'float64'>) => {
      const held = given.getLock().tryAcquire()
      for (let i = 0; i < given.length; i++) given[i]! *= 2
      held?.release()
      return [given, held !== undefined]
    }, array)
    expect(await thread.join()).toEqual([array, true])
    expect(((await thread.join()) as unknown[])[0]).toBe(array)
    expect([...array]).toEqual([2, 4, 6])
  })
})

test('atomic additions of many threads are never lost', () => {
  const [value, array] = [new SharedValue('int32'), new SharedArray('int32', 2)]
  const work = (v: SharedValue<'int32'>, a: SharedArray<'int32'>): void => {
    for (let i = 0; i < 1000; i++) {
      v.add(1)
      a.add(i % 2, 1)
    }
  }
  for (const thread of [1, 2, 3].map(() => start(work, value, array))) thread.join().block()
  expect([value.value, ...array]).toEqual([3000, 1500, 1500])
})

test('two that share one given lock stay two', async () => {
  const lock = new Lock()
  const values = [new SharedValue('int32', 1, { lock }), new SharedValue('int32', 2, { lock })]
  const arrays = [new SharedArray('int8', [3], { lock }), new SharedArray('int8', [4], { lock })]
  const read = (v: SharedValue<'int32'>[], a: SharedArray<'int8'>[]): number[] => [
    v[0]!.value,
    v[1]!.value,
    a[0]![0]!,
    a[1]![0]!,
  ]
  expect(await start(read, values, arrays).join()).toEqual([1, 2, 3, 4])
})

describe('is refused:', () => {
  const wrong = 'int' as SharedType
  test.each<[string, () => unknown, RegExp]>([
    ['a type that is none', () => new SharedValue(wrong), /type must be one of int8, .*biguint64, got "int"/],
    ['a string', () => new SharedValue('int8', '1' as never), /value must be a number for int8, got "1"/],
    ['a number for bigint64', () => new SharedValue('bigint64', 1 as never), /value must be a bigint/],
    [
      'a lock that is none',
      () => new SharedValue('int8', 1, { lock: {} as never }),
      /lock must be a Lock, an RLock or/,
    ],
    [
      'a length below zero',
      () => new SharedArray('int8', -1),
      /length must be an integer of at least 0, got -1/,
    ],
    [
      'items that are no numbers',
      () => new SharedArray('int8', [1, '2' as never]),
      /lengthOrItems\[1\] must be/,
    ],
    ['no items', () => new SharedArray('int8', {} as never), /lengthOrItems must be a number or an iterable/],
    [
      'a number that is written',
      () => (new SharedValue('int8').value = 'x' as never),
      /value must be a number/,
    ],
    ['a replacement', () => new SharedValue('int8').compareExchange(0, 'x' as never), /replacement must be/],
  ])('%s', (_, misuse, message) => {
    expect(misuse).toThrow(message)
  })

  test('handles that are none', () => {
    const { handle } = new SharedValue('int32')
    expect(() => SharedArray.attach(handle as never)).toThrow(HandleError)
    expect(() => SharedValue.attach({ ...handle, memory: new ArrayBuffer(4) as never })).toThrow(
      /shared memory/,
    )
    expect(() => SharedValue.attach({ ...handle, type: 'x' as never })).toThrow(/no type of elements/)
    expect(() => SharedValue.attach(new Lock() as never)).toThrow(HandleError)
  })
})
