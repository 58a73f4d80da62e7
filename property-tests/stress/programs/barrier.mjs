// Everybody meets everybody, round after round: no index twice in a round, nobody through before all have come.
import { BrokenBarrierError } from 'heddle'
import { FREE } from './words.mjs'

export async function barrier(thread, barrier) {
  const { words, rounds, more } = thread
  const full = 2 ** barrier.parties - 1
  await thread.all(async (user) => {
    for (let round = 0; round < rounds; round++) {
      const at = FREE + (more.from + round) * 2
      if (user.mode !== 'block' && user.random(4) === 0) await user.pause()
      Atomics.add(words, at, 1)
      user.doing(200 + round)
      try {
        const index = await user.perform((options) => barrier.wait(options), {
          mayGiveUp: false,
          alone: true,
        })
        if (Atomics.load(words, at) !== barrier.parties) user.fault(`is through before all have come`)
        if ((Atomics.or(words, at + 1, 1 << index) & (1 << index)) !== 0)
          user.fault(`has index ${index}, which is taken`)
        if (((1 << index) & full) === 0) user.fault(`has index ${index}`)
      } catch (error) {
        if (!(error instanceof BrokenBarrierError && more.mayBreak)) throw error
        user.doing(0)
        return
      }
      user.doing(0)
      user.progress()
    }
  })
}
