/** What few tasks have, made at the first need: a parked task without it is that much smaller. */
import type { Locals } from './local.ts'
import type { Members } from './members.ts'
import { Scope } from './scope.ts'

export class Extras {
  name: string | undefined = undefined
  priority = 0
  /** The scope that is the whole task. */
  readonly root: Scope = new Scope(null, false)
  /** The innermost open one. */
  scope: Scope = this.root
  controller: AbortController | null = null
  locals: Locals | null = null
  /** What is thrown where it waits for what can never come. */
  stranded: unknown = undefined
  /** The group that it is a member of. */
  members: Members | null = null
  /** The phase that it will have once its children are over. */
  ending = 0
}
