// A row of latches: each user counts its share off, waits, and must find that all shares were counted.
import { FREE } from './words.mjs'

/** For each latch how much was counted; then for each user how many latches it has counted. */
const COUNTED = FREE
export const PASSED = FREE + 16

export async function latch(thread, ...latches) {
  const { words, more } = thread
  await thread.all(async (user) => {
    for (const [i, latch] of latches.entries()) {
      if (user.mode !== 'block' && user.random(3) === 0) await user.pause()
      const share = more.shares[user.id][i]
      user.doing(500 + i)
      if (user.random(4) === 0) await user.perform((options) => latch.wait({ timeout: 1, ...options }))
      for (let left = share; left > 0;) {
        const n = 1 + user.random(left)
        Atomics.add(words, COUNTED + i, n)
        latch.countDown(n)
        left -= n
      }
      Atomics.store(words, PASSED + user.id, i + 1)
      await user.perform((options) => latch.wait(options), { mayGiveUp: false })
      if (latch.count !== 0 || Atomics.load(words, COUNTED + i) < more.totals[i])
        user.fault(`is through latch ${i} too early`)
      user.doing(0)
      user.progress()
    }
  })
}
