/** Plays everything with one seed after the other. */
import { Crew } from './crew.ts'
import { plays } from './plays.ts'
import { randomFrom } from './random.ts'

export interface Tally {
  rounds: number
  kills: number
}

/** Plays `name`, or each play, with each seed of a range; every failure names play and seed. */
export async function stress(
  name: string,
  from: number,
  to: number,
  rounds: number,
  crew: Crew,
): Promise<Tally> {
  const tally = { rounds: 0, kills: 0 }
  for (let seed = from; seed < to; seed++) {
    const random = randomFrom(seed)
    const kills = random(3) === 0
    const title = `${name}, seed ${seed}${kills ? ', a thread killed' : ''}`
    try {
      await plays[name]!({ crew, title, seed, random, threads: 2 + random(2), rounds, kills })
    } catch (error) {
      throw new Error(`${title}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
    }
    tally.rounds++
    if (kills) tally.kills++
  }
  return tally
}
