#!/usr/bin/env node
// Lock, RLock, Condition, Queue, Semaphore, Event and Timer between threads: one scene each. Every thread sleeps as a
// whole while it waits.
import { Barrier, Condition, Event, Latch, Lock, RLock, Semaphore, SharedQueue, Timer } from 'heddle'
import { SharedArray, SharedValue, Thread } from 'heddle/threads'

/** Runs `f(i, ...args)` in `count` threads; what they do refers to nothing outside of itself. */
const start = (count, f, ...args) =>
  Array.from({ length: count }, (_, i) => new Thread(f, { args: [i, ...args] }).start())
const all = (threads) => Promise.all(threads.map((thread) => thread.join()))

// Lock: a bank transfer. Nobody may see the money on its way, and no two clerks may count on the same money.
{
  const [accounts, lock] = [new SharedArray('int32', [300, 300, 300]), new Lock()]
  const clerk = (number, balances, guard) => {
    for (let i = 0; i < 2000; i++) {
      const from = (number + i) % 3
      const to = (from + 1 + (i % 2)) % 3
      const held = guard.acquire().block()
      try {
        const [left, saved] = [balances[from] - 10 * (i % 7), balances[to] + 10 * (i % 7)]
        if (left < 0) continue
        balances[from] = left
        balances[to] = saved
      } finally {
        held.release()
      }
    }
  }
  await all(start(4, clerk, accounts, lock))
  const negative = accounts.some((balance) => balance < 0)
  const total = accounts.reduce((sum, balance) => sum + balance, 0)
  console.log(`Lock: after 8000 orders the accounts hold ${total}, ${negative ? 'some' : 'none'} below 0`)
}

// RLock: a recursive walk. Each call takes the lock again that its thread holds already; a whole walk is one piece.
{
  const [steps, lock] = [new SharedArray('int32', 2 * 15), new RLock()]
  const next = new SharedValue('int32')
  const walker = (number, path, place, rlock) => {
    const walk = (node) => {
      const held = rlock.acquire().block()
      path[place.value++] = number + 1
      if (node < 8) for (const child of [2 * node, 2 * node + 1]) walk(child)
      held.release()
    }
    walk(1)
  }
  await all(start(2, walker, steps, next, lock))
  const changes = steps.filter((walk, i) => i > 0 && walk !== steps[i - 1]).length
  console.log(`RLock: two walks of 15 nodes each, which took turns ${changes} time`)
}

// Condition: a bounded buffer by hand. Producers wait while it is full, consumers while it is empty.
{
  const [slots, counts] = [new SharedArray('int32', 4), new SharedArray('int32', 2)] // put so far, taken so far
  const lock = new Lock()
  const conditions = [new Condition(lock), new Condition(lock)]
  const produce = (number, buffer, sofar, [hasRoom, hasItems]) => {
    for (let i = 1; i <= 50; i++) {
      const held = hasRoom.lock.acquire().block()
      hasRoom.waitFor(() => sofar[0] - sofar[1] < buffer.length).block()
      buffer[sofar[0]++ % buffer.length] = number * 50 + i
      hasItems.notify()
      held.release()
    }
  }
  const consume = (_, buffer, sofar, [hasRoom, hasItems]) => {
    let [sum, most] = [0, 0]
    for (let i = 1; i <= 50; i++) {
      const held = hasItems.lock.acquire().block()
      hasItems.waitFor(() => sofar[0] > sofar[1]).block()
      most = Math.max(most, sofar[0] - sofar[1])
      sum += buffer[sofar[1]++ % buffer.length]
      hasRoom.notify()
      held.release()
    }
    return { sum, most }
  }
  const consumers = start(2, consume, slots, counts, conditions)
  await all(start(2, produce, slots, counts, conditions))
  const taken = await all(consumers)
  const sum = taken.reduce((total, one) => total + one.sum, 0)
  const within = taken.every(({ most }) => most <= slots.length)
  console.log(
    `Condition: the numbers from 1 to 100 make ${sum}, ${within ? 'never' : 'once'} more than 4 lay there`,
  )
}

// Queue: the same buffer, ready-made.
{
  const queue = new SharedQueue({ capacity: 4 })
  const consume = (_, from) => {
    let sum = 0
    for (;;) {
      const { done, value } = from.next().block()
      if (done) return sum
      sum += value
      from.taskDone()
    }
  }
  const produce = (number, to) => {
    for (let i = 1; i <= 50; i++) to.put(number * 50 + i).block()
  }
  const consumers = start(2, consume, queue)
  await all(start(2, produce, queue))
  await queue.join()
  queue.shutdown()
  const sums = await all(consumers)
  console.log(`Queue: the numbers from 1 to 100 make ${sums[0] + sums[1]}`)
}

// Semaphore: a limit of connections. Six threads want one, and two at a time have one.
{
  const [connections, open, full] = [new Semaphore(2), new SharedValue('int32'), new Barrier(2)]
  const most = new SharedValue('int32')
  const client = (_, permits, opened, greatest, pair) => {
    const held = permits.acquire().block()
    opened.add(1)
    pair.wait().block() // stays connected until somebody else is, too
    greatest.value = Math.max(greatest.value, opened.value)
    pair.wait().block()
    opened.sub(1)
    held.release()
  }
  await all(start(6, client, connections, open, most, full))
  console.log(`Semaphore: at most ${most.value} of 6 were connected at once`)
}

// Event: a start gun. The runners are at the line before it is fired, and none leaves earlier.
{
  const [gun, line, fired] = [new Event(), new Latch(5), new SharedValue('int32')]
  const runner = (_, shot, ready, signal) => {
    ready.countDown()
    shot.wait().block()
    return signal.value === 1
  }
  const runners = start(5, runner, gun, line, fired)
  await line.wait()
  const waiting = runners.filter((thread) => thread.isAlive).length
  fired.value = 1
  gun.set()
  const after = (await all(runners)).filter(Boolean).length
  console.log(`Event: ${waiting} of 5 were at the line, ${after} of 5 ran after the shot`)
}

// Timer: a delayed call. It lets the threads go that wait for it; one that was cancelled calls nobody.
{
  const bell = new Event()
  const calls = []
  const [rings, silent] = [new Timer(50, () => ring('dinner')), new Timer(20, () => ring('lunch'))]
  const ring = (meal) => {
    calls.push(meal)
    bell.set()
  }
  const guests = start(2, (_, called) => called.wait({ timeout: 20_000 }).block(), bell)
  rings.start()
  silent.start()
  silent.cancel()
  await all(guests)
  console.log(`Timer: 2 guests came when it called for ${calls.join(' and ')}`)
}
