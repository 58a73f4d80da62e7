import { expect, test } from 'vitest'
import { explore, verify, type ExploreOptions } from '../../../src/testing/explorer/index.ts'
import { loadShipped } from './load.ts'

type Table = typeof import('../../../src/wait/table.ts')

const FILE = 'src/wait/table.ts'

/** Two threads join a table; everything that follows rests on their ids being different. */
function joining({ createTable, join }: Table): ExploreOptions {
  return {
    memory: { table: createTable() },
    threads: [0, 1].map((thread) => (env) => join(env.memory['table']!, thread, 0)),
    atEnd: (view) => view.threads[0]!.result !== view.threads[1]!.result || 'two threads have one id',
  }
}

test('the shipped source runs under the explorer', async () => {
  const table = await loadShipped<Table>(FILE)
  expect(verify(joining(table)).states).toBeGreaterThan(50)
})

test('outside an exploration it runs on Atomics', async () => {
  const table = await loadShipped<Table>(FILE)
  const words = table.createTable()
  const id = table.join(words, 0, 0)
  expect([table.alive(words, id), table.died(words, id), table.alive(words, id)]).toEqual([true, true, false])
})

test('a patch plants a fault', async () => {
  const seen: string[] = []
  const table = await loadShipped<Table>(FILE, {
    patch: (path, source) => {
      seen.push(path)
      return path === FILE ? source.replace('generation & 1 ||', 'false &&') : source
    },
  })
  expect(seen).toContain(FILE)
  expect(seen).not.toContain('src/wait/atomics.ts')
  expect(explore(joining(table)).violation?.message).toBe('two threads have one id')
})

test('a patch that changes nothing is an error', async () => {
  await expect(
    loadShipped(FILE, { patch: (_, source) => source.replace('no such text', '') }),
  ).rejects.toThrow('the patch changed nothing of what src/wait/table.ts imports')
})
