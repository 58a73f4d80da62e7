/** What two contending threads do: enter, work for about 100 ns, leave, until the block's time is over. */
import { Futex } from './futex.mjs'
import { Lock } from './heddle.mjs'
import { STOP } from './two-threads.mjs'

/** Work that the compiler cannot leave out; `turns` makes it last. */
export function work(words, turns) {
  let x = words[0]
  for (let i = 0; i < turns; i++) x = (Math.imul(x, 1_103_515_245) + 12_345) | 0
  words[0] = x
}

export function routines({ handle, words, turns }) {
  const lock = Lock.attach(handle)
  const futex = new Futex(words, 32)

  /** One side keeps the time, both count. */
  const loop = (enter) => (side, control, milliseconds) => {
    const end = performance.now() + milliseconds
    let count = 0
    while (Atomics.load(control, STOP) === 0) {
      enter()
      count++
      if (side === 0 && (count & 15) === 0 && performance.now() >= end) Atomics.store(control, STOP, 1)
    }
    return count
  }

  return {
    heddle: loop(() => {
      const held = lock.acquire().block()
      work(words, turns)
      held.release()
    }),
    futex: loop(() => {
      futex.lock()
      work(words, turns)
      futex.unlock()
    }),
  }
}
