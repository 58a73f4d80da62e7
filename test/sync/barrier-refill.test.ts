/** A barrier whose other thread is played by this one, between two of its steps. */
import { expect, test } from 'vitest'
import { Barrier } from '../../src/index.ts'
import { arrive, complete, SEATS } from '../../src/sync/barrier-state.ts'
import { join } from '../../src/wait/table.ts'
import { settle, watch } from '../support/watch.ts'

test('who begins the next round for others seats its own party that waits for it', async () => {
  const barrier = new Barrier(2)
  void barrier.handle
  const { words, at } = barrier
  const site = barrier.site!
  const other = join(site.table, 0, 0)
  const first = watch(barrier.wait())
  const seat = arrive(words, at, other, site)
  complete(words, at, seat, false, site)
  barrier.rung()
  await settle()
  expect(first.state).toBe('value')
  const second = watch(barrier.wait())
  expect([barrier.waiting, second.state]).toEqual([0, 'pending'])
  // The other thread frees its seat, the last one, after this one has looked at it and before it begins the next round.
  const { table } = site
  Object.defineProperty(site, 'table', {
    get() {
      Atomics.store(words, at + SEATS + seat, 0)
      return table
    },
  })
  barrier.rung()
  expect(barrier.waiting).toBe(1)
  barrier.cancelWaiters()
  await settle()
})
