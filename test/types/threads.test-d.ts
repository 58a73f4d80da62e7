import { describe, expectTypeOf, test } from 'vitest'
import { type Future, type Lock, type Operation, type RLock } from '../../src/index.ts'
import { portable, SharedArray, SharedValue, Thread, threaded, transfer } from '../../src/thread/index.ts'

const add = portable(import.meta.url, 'add', async (a: number, b: number) => a + b)

describe('Thread', () => {
  test('joins with what the function gives, waited for', () => {
    const thread = new Thread(add, { args: [1, 2] })
    expectTypeOf(thread.join()).toEqualTypeOf<Operation<number>>()
    expectTypeOf(new Thread(() => 'x').start().join()).toEqualTypeOf<Operation<string>>()
  })

  test('asks for the arguments of the function, and for no others', () => {
    // @ts-expect-error -- args are missing
    new Thread(add)
    // @ts-expect-error -- one is missing
    new Thread(add, { args: [1] })
    // @ts-expect-error -- one is no number
    new Thread(add, { args: [1, '2'] })
    new Thread(() => 1, { name: 'without' })
  })

  test('a class of its own says what run gives, and has no args', () => {
    class Mine extends Thread<[], number> {
      static {
        portable(import.meta.url, 'Mine', this)
      }

      run(): number {
        return 1
      }
    }
    expectTypeOf(new Mine().join()).toEqualTypeOf<Operation<number>>()
    expectTypeOf(new Mine({ daemon: true }).start()).toEqualTypeOf<Mine>()
    // @ts-expect-error -- what run needs are fields
    new Mine({ args: [] })
  })
})

test('threaded keeps the parameters and gives a future', () => {
  expectTypeOf(threaded(add)).toEqualTypeOf<(a: number, b: number) => Future<number>>()
  // @ts-expect-error -- the arguments come with each call
  threaded(add, { args: [1, 2] })
})

test('portable and transfer give what they were given', () => {
  class Point {
    x = 1
  }
  expectTypeOf(portable(import.meta.url, 'Point', Point)).toEqualTypeOf<typeof Point>()
  expectTypeOf(add).toBeCallableWith(1, 2)
  expectTypeOf(transfer(new ArrayBuffer(1))).toEqualTypeOf<ArrayBuffer>()
})

test('shared values and arrays know their elements', () => {
  const value = new SharedValue('float64', 0.5)
  expectTypeOf(value.value).toEqualTypeOf<number>()
  expectTypeOf(new SharedValue('biguint64').add(1n)).toEqualTypeOf<bigint>()
  expectTypeOf(value.getLock()).toEqualTypeOf<Lock | RLock>()
  // @ts-expect-error -- a bigint for a number
  new SharedValue('int8', 1n)
  // @ts-expect-error -- no such type
  new SharedValue('int128')
  const array = new SharedArray('int32', [1, 2])
  expectTypeOf(array[0]).toEqualTypeOf<number | undefined>()
  expectTypeOf(array.add(0, 1)).toEqualTypeOf<number>()
  expectTypeOf(array).toExtend<Int32Array>()
  expectTypeOf(SharedArray.attach(array.handle)).toEqualTypeOf<SharedArray<'int32'>>()
})
