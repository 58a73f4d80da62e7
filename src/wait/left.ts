/** What an async waiter could not be given while its thread slept in `block()` is looked for when it is back. */
import { thread } from './thread.ts'

export function comeBack(): void {
  const { left } = thread
  if (left.size === 0) return
  const primitives = [...left]
  left.clear()
  for (const primitive of primitives) primitive.comeBack()
}
