/** Random programs in several real threads against the sequential models. The long form has more runs. */
import { afterAll, test } from 'vitest'
import { Crew } from '../stress/support/crew.ts'
import { checkPrograms } from '../stress/support/programs.ts'

const crew = new Crew()
afterAll(() => crew.end())

test.each(['Lock', 'Semaphore'])('%s', async (name) => {
  await checkPrograms(crew, name, 200)
})
