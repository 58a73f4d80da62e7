/**
 * How a page loads the parser. It is apart from what uses it, which is also in the worker's file: bundlers make one file
 * of a worker, and refuse what they would have to split.
 */
import { state } from './state.ts'

/** Called by whatever takes functions from users. */
export function enableParser(): void {
  state.parser ??= () => import('./self-contained-scope.ts')
}
