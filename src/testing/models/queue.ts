import type { SequentialSpec } from '../linearizability/spec.ts'
import { PENDING } from '../linearizability/spec.ts'
import { answers, model } from './model.ts'

/**
 * First in, first out: `put(item)`, possible below `capacity`, `get() -> item`, possible when there is one,
 * `peek() -> item`, `tryPut(item) -> boolean`, `tryGet() -> item, or nothing when empty`, `size() -> number`.
 * Items are JSON values; distinct ones make the check sharper.
 */
export function queue(options: { readonly capacity?: number } = {}): SequentialSpec<readonly unknown[]> {
  const { capacity = Infinity } = options
  if (capacity !== Infinity && (!Number.isSafeInteger(capacity) || capacity < 1)) {
    throw new RangeError(`capacity: expected an integer of at least 1 or Infinity, got ${capacity}`)
  }
  type Items = readonly unknown[]
  const get = (items: Items, result: unknown): Items | undefined =>
    items.length > 0 && answers(result, items[0]) ? items.slice(1) : undefined
  return model<Items>({
    name: 'queue',
    init: () => [],
    waits: ['put', 'get', 'peek'],
    ops: {
      put: (items, [item = null]) => (items.length < capacity ? [...items, item] : undefined),
      get: (items, _args, result) => get(items, result),
      peek: (items, _args, result) => (items.length > 0 && answers(result, items[0]) ? items : undefined),
      tryPut(items, [item = null], result) {
        const room = items.length < capacity
        if (!answers(result, room)) return undefined
        return room ? [...items, item] : items
      },
      tryGet(items, _args, result) {
        if (items.length === 0) return result === undefined || result === PENDING ? items : undefined
        return get(items, result)
      },
      size: (items, _args, result) => (answers(result, items.length) ? items : undefined),
    },
  })
}
