/** Every primitive under real threads, some of which are killed. The long form. */
import { afterAll, expect, test } from 'vitest'
import { Crew } from './support/crew.ts'
import { plays } from './support/plays.ts'
import { stress } from './support/run.ts'

const crew = new Crew()
afterAll(() => crew.end())

test.each(Object.keys(plays))('%s: nothing lost, nothing stuck', async (name) => {
  const { rounds, kills } = await stress(name, 1, 301, 30, crew)
  console.log(`${name}: ${rounds} seeds, ${kills} with a killed thread`)
  expect(kills).toBeGreaterThan(0)
})
