/** A function that runs in a thread of its own each time it is called. */
import type { Future } from '../index.ts'
import { checkedOptions, type ThreadOptions } from './options.ts'
import { referTo } from './reference.ts'
import { enableParser } from './self-contained-load.ts'
import { Thread } from './thread.ts'
import { ThreadFuture } from './thread-future.ts'

/** What `threaded` takes besides the function: all that `new Thread` does, but the arguments. */
export type ThreadedOptions = Omit<ThreadOptions, 'args'>

/**
 * The same function, run in a new thread at each call; it gives a future of the result. Cancelling the future terminates
 * the thread. Use a `Pool` or a `ThreadPoolExecutor` for many short calls.
 * Throws `TypeError` as `new Thread` does; a call throws what `thread.start()` throws.
 */
export function threaded<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  options: ThreadedOptions = {},
): (...args: A) => Future<Awaited<R>> {
  enableParser()
  referTo(f)
  checkedOptions(options, true)
  const call = (...args: A): Future<Awaited<R>> => {
    const thread = new Thread<any[], R>(f as never, { ...options, args: args as never })
    return new ThreadFuture(thread.start())
  }
  return Object.defineProperty(call, 'name', { value: f.name })
}
