/** Histories of every primitive from real threads are linearizable. The long form. */
import { afterAll, expect, test } from 'vitest'
import { Crew } from './support/crew.ts'
import { cases, checkHistories } from './support/histories.ts'

const crew = new Crew()
afterAll(() => crew.end())

test.each(Object.keys(cases))('%s', async (name) => {
  const { calls, met } = await checkHistories(crew, name, 1, 1001)
  console.log(`${name}: 1000 histories, ${calls} calls, ${met} of them beside another`)
  expect(met).toBeGreaterThan(1000 * 5)
})
