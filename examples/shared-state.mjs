#!/usr/bin/env node
// What threads exchange and what they share: a queue, one number, an array of numbers; a lost update without the lock,
// and none with it.
import { Barrier, SharedQueue } from 'heddle'
import { SharedArray, SharedValue, Thread } from 'heddle/threads'

/** Runs `f` in `count` threads, gives their results. */
const inThreads = (count, f, ...args) =>
  Promise.all(Array.from({ length: count }, (_, i) => new Thread(f, { args: [i, ...args] }).start().join()))

// A queue: two threads square what they get, until it is shut down and empty.
const [numbers, squares] = [new SharedQueue({ capacity: 8 }), new SharedQueue({ capacity: 8 })]
const workers = inThreads(
  2,
  async (_, from, to) => {
    for await (const number of from) await to.put([number, number * number])
  },
  numbers,
  squares,
)
for (let number = 1; number <= 5; number++) await numbers.put(number)
numbers.shutdown()
await workers
squares.shutdown()
const got = []
for await (const pair of squares) got.push(pair)
got.sort(([a], [b]) => a - b)
console.log(`Queue: ${got.map(([number, square]) => `${number}² = ${square}`).join(', ')}`)

// One number: reading and writing it are two steps, and another thread may come in between. A barrier makes that sure:
// both read before either writes.
const lost = new SharedValue('int32')
await inThreads(
  2,
  (_, counter, barrier) => {
    const read = counter.value
    barrier.wait().block()
    counter.value = read + 1
  },
  lost,
  new Barrier(2),
)
console.log(`Value without its lock: 2 threads added 1, and it is ${lost.value}`)

const kept = new SharedValue('int32')
await inThreads(
  2,
  (_, counter) => {
    for (let i = 0; i < 10_000; i++) {
      const held = counter.getLock().acquire().block()
      counter.value++
      held.release()
    }
  },
  kept,
)
console.log(`Value with its lock: 2 threads added 1 10000 times, and it is ${kept.value}`)

// An array: each thread changes elements of its own without a lock, and one together, by an atomic operation.
const array = new SharedArray('int32', 5)
await inThreads(
  4,
  (i, shared) => {
    shared[i] = (i + 1) ** 2
    for (let n = 0; n < 1000; n++) shared.add(4, 1)
  },
  array,
)
console.log(`Array: ${array.join(' ')}`)
