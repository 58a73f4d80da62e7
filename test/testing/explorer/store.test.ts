import { expect, test } from 'vitest'
import { Store } from '../../../src/testing/explorer/store.ts'

test('states that differ are two, even with the same hash', () => {
  const store = new Store(Int32Array.of(0, 0))
  expect(store.add(-1, 0)).toBe(0)
  const column = store.widen(7)
  for (const change of [() => store.set(column, 8), () => store.set(1, 5)]) {
    store.open(0)
    change()
    store.hash = 0
    const before = store.size
    expect(store.add(0, 1)).toBe(before)
    expect(store.fresh).toBe(true)
  }
  store.open(0)
  expect([store.add(0, 1), store.fresh]).toEqual([0, false])
})

test('a column that comes later has its initial value in every state before', () => {
  const store = new Store(Int32Array.of(1))
  for (let i = 0; i < 5000; i++) {
    store.set(0, i)
    store.add(i - 1, i)
  }
  const column = store.widen(3)
  for (const id of [0, 4999]) {
    store.open(id)
    expect([...store.row]).toEqual([id, 3])
    expect(store.add(-1, 0)).toBe(id)
  }
  store.set(column, 4)
  expect(store.add(4999, 7)).toBe(5000)
  store.open(5000)
  expect([...store.row]).toEqual([4999, 4])
  store.set(column, 3)
  expect(store.add(-1, 0)).toBe(4999)
  expect(store.path(5000).slice(-2)).toEqual([4999, 7])
})
