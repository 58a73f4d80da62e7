/** Histories of every primitive from real threads are linearizable. The long form checks more. */
import { afterAll, expect, test } from 'vitest'
import { Crew } from './support/crew.ts'
import { cases, checkHistories, explain, record } from './support/histories.ts'

const crew = new Crew()
afterAll(() => crew.end())

test.each(Object.keys(cases))('%s', async (name) => {
  const { calls, met } = await checkHistories(crew, name, 1, 41)
  console.log(`${name}: 40 histories, ${calls} calls, ${met} of them beside another`)
  expect(met).toBeGreaterThan(40 * 5)
})

test.each(['Lock', 'RLock', 'Semaphore', 'BoundedSemaphore', 'RWLock'])(
  '%s: a try verb that says yes without asking is found out',
  async (name) => {
    let found = 0
    for (let seed = 1; seed <= 10; seed++) {
      const history = await record(crew, name, seed, { fault: true })
      if (explain(name, history).verdict === 'not linearizable') found++
    }
    expect(found).toBeGreaterThan(0)
  },
)
