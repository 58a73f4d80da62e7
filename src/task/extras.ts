/** What few tasks have, made at the first need: a parked task without it is that much smaller. */
import { Scope } from './scope.ts'

export class Extras {
  name: string | undefined = undefined
  priority = 0
  /** The scope that is the whole task. */
  readonly root: Scope = new Scope(null, false)
  /** The innermost open one. */
  scope: Scope = this.root
  controller: AbortController | null = null
  /** The phase that it will have once its children are over. */
  ending = 0
}
