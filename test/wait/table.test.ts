/** The table of threads: slots, generations, deaths. Many threads are played by one. */
import { expect, test } from 'vitest'
import { TooManyThreadsError } from '../../src/index.ts'
import {
  alive,
  createTable,
  died,
  idAt,
  join,
  members,
  openTable,
  sameTable,
  SLOTS,
  slotOf,
} from '../../src/wait/table.ts'

test('the table has a limit, and the error names it', () => {
  const table = createTable()
  const ids = Array.from({ length: SLOTS }, (_, i) => join(table, i, 0))
  expect(SLOTS).toBeGreaterThanOrEqual(128)
  expect(new Set(ids).size).toBe(SLOTS)
  expect(() => join(table, 999, 0)).toThrow(TooManyThreadsError)
  expect(() => join(table, 999, 0)).toThrow(`more than ${SLOTS} threads`)
  // One dies, one more may come: into the same slot, under another id.
  const dead = ids[17]!
  died(table, dead)
  const next = join(table, 999, 0)
  expect(slotOf(next)).toBe(slotOf(dead))
  expect(next).not.toBe(dead)
  expect([alive(table, dead), alive(table, next)]).toEqual([false, true])
})

test('a death is declared once, and a late second declaration does not hit the next thread in the slot', () => {
  const table = createTable()
  const first = join(table, 1, 0)
  expect(died(table, first)).toBe(true)
  const second = join(table, 2, 0)
  expect(slotOf(second)).toBe(slotOf(first))
  expect(died(table, first)).toBe(false)
  expect(alive(table, second)).toBe(true)
})

test('numbers that a former thread left behind are not taken for those of the next one', () => {
  const table = createTable()
  const first = join(table, 7, 4711)
  expect([...members(table)]).toEqual([{ id: first, threadId: 7, taskId: 4711, locked: false }])
  died(table, first)
  expect([...members(table)]).toEqual([])
  // The next one has taken the slot, and has not yet written its own numbers.
  const at = 16 + slotOf(first) * 16
  Atomics.add(table, at, 1)
  expect([...members(table)]).toEqual([
    { id: idAt(table, slotOf(first)), threadId: -1, taskId: 0, locked: false },
  ])
})

test('ids that no table gives are not alive', () => {
  const table = createTable()
  join(table, 1, 0)
  for (const id of [0, 1, SLOTS, 1023, 2 ** 30 - 1]) expect(alive(table, id)).toBe(false)
})

test('a table is told from another by its random name', () => {
  const table = createTable()
  expect(sameTable(table, openTable(structuredClone(table.buffer)))).toBe(true)
  expect(sameTable(table, createTable())).toBe(false)
})
