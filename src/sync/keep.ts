/** Shared primitives that this thread holds, and what it holds is kept in the object: it must not be collected. */
import type { Primitive } from '../wait/primitive.ts'

const held = /* @__PURE__ */ new Set<Primitive>()

export function keep(primitive: Primitive): void {
  held.add(primitive)
}

export function letGo(primitive: Primitive): void {
  held.delete(primitive)
}
