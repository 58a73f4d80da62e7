/** What queues keep on the heap: nothing of what was taken, and nothing of who waited. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const fixture = fileURLToPath(new URL('../fixtures/queue/heap.mjs', import.meta.url))
const MEGABYTE = 2 ** 20

/** Without the development aid, which notes each operation that is made. */
async function heap(name: string): Promise<{ grown: number; alive?: number; left?: number }> {
  const { NODE_ENV: _, ...env } = process.env
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', fixture, name], {
    env,
    timeout: 50_000,
  })
  return JSON.parse(stdout) as { grown: number }
}

test.each(['Queue', 'LifoQueue', 'PriorityQueue', 'Channel', 'Broadcast'])(
  'a %s that never empties holds none of the million items that were taken from it',
  async (name) => {
    const { grown, alive, left } = await heap(name)
    expect(grown).toBeLessThan(MEGABYTE)
    expect([alive, left]).toEqual([0, 10])
  },
  60_000,
)

test.each(['get', 'each other verb', 'select'])(
  'a million cancelled waits of %s leave the heap within a megabyte',
  async (name) => {
    expect((await heap(name)).grown).toBeLessThan(MEGABYTE)
  },
  60_000,
)
