/** Threads of a class of one's own. */
import { markOf, type PortableReference } from './portable.ts'

/** Where the class is to be found. Throws `TypeError` if it is not portable or has no `run`. */
export function referToClass(made: Function): PortableReference {
  const { name } = made
  if (typeof (made.prototype as { run?: unknown }).run !== 'function')
    throw new TypeError(
      `${name} extends Thread and is made without a function, so it must have a method run(), which the thread executes`,
    )
  const reference = markOf(made)
  if (reference !== undefined) return reference
  throw new TypeError(
    `the thread must find the class ${name} again; write in it: static { portable(import.meta.url, ${JSON.stringify(name)}, this) }`,
  )
}

/** The name it was made portable by, which a minifier leaves alone. */
export function classNameOf(made: Function): string {
  return markOf(made)?.name ?? (made.name || 'Thread')
}
