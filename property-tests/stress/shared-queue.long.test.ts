/** Histories of a shared queue from three real threads are linearizable: two thousand more. */
import { afterAll, expect, test } from 'vitest'
import { Crew } from './support/crew.ts'
import { checkHistories } from './support/histories.ts'

const crew = new Crew()
afterAll(() => crew.end())

test('SharedQueue', async () => {
  const { calls, met } = await checkHistories(crew, 'SharedQueue', 2001, 4001)
  console.log(`SharedQueue: 2000 histories, ${calls} calls, ${met} of them beside another`)
  expect(met).toBeGreaterThan(2000 * 5)
})
