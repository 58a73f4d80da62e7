/**
 * Ping-pong, bare and by locks. By locks: each thread holds one of three all the time, takes the next, which the other
 * thread has to release first, and releases the one before. So every step is one release that wakes and one acquire
 * that waits, as in the bare form.
 */
import { Lock } from './heddle.mjs'

/** Keeps this thread busy until the other one sleeps for certain, whoever spins before. */
function pause(milliseconds) {
  if (milliseconds > 0) for (const end = performance.now() + milliseconds; performance.now() < end;);
}

export function routines({ handles, words }) {
  const locks = handles.map((handle) => Lock.attach(handle))
  const held = []

  /** The locks that a side holds as a block begins: 0 and 2 the first, 1 the second. */
  const begin = (side) => {
    for (const which of side === 0 ? [0, 2] : [1]) held[which] = locks[which].tryAcquire()
  }
  const end = () => {
    for (const which of [0, 1, 2]) {
      held[which]?.release()
      held[which] = undefined
    }
  }
  const settle = (control) => {
    Atomics.add(control, 3, 1)
    while (Atomics.load(control, 3) % 2 !== 0);
  }
  /** Side 0 lets go of 0 and wants 1; side 1 wants 0, lets go of 1, wants 2, and so on. */
  const firstOf = (side) => (side === 0 ? 1 : 0)

  return {
    blockBare(side, _, { steps, rest }) {
      const start = performance.now()
      for (let i = 0; i < steps; i++) {
        while (Atomics.load(words, 0) !== side) Atomics.wait(words, 0, 1 - side)
        pause(rest)
        Atomics.store(words, 0, 1 - side)
        Atomics.notify(words, 0)
      }
      return performance.now() - start
    },

    blockHeddle(side, control, { steps, rest }) {
      begin(side)
      settle(control)
      const start = performance.now()
      let next = firstOf(side)
      for (let i = 0; i < steps; i++) {
        if (side === 0) {
          pause(rest)
          release((next + 2) % 3)
        }
        held[next] = locks[next].acquire().block()
        if (side === 1) {
          pause(rest)
          release((next + 1) % 3)
        }
        next = (next + 2) % 3
      }
      const time = performance.now() - start
      end()
      return time
    },

    async loopBare(side, _, { steps }) {
      const alive = setInterval(() => {}, 1000)
      const start = performance.now()
      for (let i = 0; i < steps; i++) {
        while (Atomics.load(words, 16) !== side) {
          const wait = Atomics.waitAsync(words, 16, 1 - side)
          if (wait.async) await wait.value
        }
        Atomics.store(words, 16, 1 - side)
        Atomics.notify(words, 16)
      }
      clearInterval(alive)
      return performance.now() - start
    },

    async loopHeddle(side, control, { steps }) {
      begin(side)
      settle(control)
      const start = performance.now()
      let next = firstOf(side)
      for (let i = 0; i < steps; i++) {
        if (side === 0) release((next + 2) % 3)
        held[next] = await locks[next].acquire()
        if (side === 1) release((next + 1) % 3)
        next = (next + 2) % 3
      }
      const time = performance.now() - start
      end()
      return time
    },
  }

  function release(which) {
    held[which].release()
    held[which] = undefined
  }
}
