// Workers on a joinable queue. Each takes a link, asks for it, and puts the links of the page back into the queue.
//
// Who takes from a bounded queue and puts into it must not insist on putting: when it is full, all workers would wait for
// each other. So a worker that has links left offers the next one and would take another in the same `select`. The work
// on a page is done when all of its links are in the queue, so `join()` ends when nothing is left anywhere.
import { group, Queue, select } from 'heddle'
import { ask } from './page.mjs'

const CAPACITY = 100

/** Gives how many pages were read, how many links they have, and the broken ones: from where, to where, and why. */
export function* crawl(start, { workers, depth }) {
  const found = new Findings(new URL(start).origin, depth)
  const queue = new Queue(CAPACITY)
  found.reach(start, 0)
  yield* queue.put({ target: start, depth: 0 })
  yield* group(function* (members) {
    const tasks = Array.from({ length: workers }, () => members.spawn(() => work(queue, found)))
    yield* queue.join()
    for (const task of tasks) task.cancel()
  })
  return found.report(start)
}

function* work(queue, found) {
  const left = []
  for (;;) {
    const next = left.at(-1)
    const { key, value } = yield* select({
      taken: queue.get(),
      put: next && queue.put(next.link),
    })
    if (key === 'put') {
      left.pop()
      if (--next.page.links === 0) queue.taskDone()
      continue
    }
    const links = yield* found.check(value)
    const page = { links: links.length }
    if (page.links === 0) queue.taskDone()
    for (const link of links) left.push({ link, page })
  }
}

/** What is known of every target so far. Tasks share it: none gives way between what belongs together. */
class Findings {
  #origin
  #depth
  /** By target: the least clicks to it, and once it was asked for, what came of it. */
  #targets = new Map()

  constructor(origin, depth) {
    this.#origin = origin
    this.#depth = depth
  }

  /** Whether the target must be looked at: it is new, or fewer clicks away than it seemed. */
  reach(target, depth) {
    const known = this.#targets.get(target)
    if (known !== undefined && known.depth <= depth) return false
    if (known === undefined) this.#targets.set(target, { depth, answer: undefined })
    else known.depth = depth
    return true
  }

  /** Asks for a target, unless that was done; gives the links of its page that must be looked at. */
  *check({ target, depth }) {
    const known = this.#targets.get(target)
    known.answer ??= yield* ask(target)
    if (!this.#isRead(target, known)) return []
    const next = [...known.answer.links].map((link) => ({ target: link, depth: depth + 1 }))
    return next.filter((link) => this.reach(link.target, link.depth))
  }

  /** Whether the links of a target count. */
  #isRead(target, { depth, answer }) {
    return answer.problem === undefined && depth <= this.#depth && new URL(target).origin === this.#origin
  }

  report(start) {
    const pages = [...this.#targets].filter(([target, known]) => this.#isRead(target, known))
    const links = pages.flatMap(([source, { answer }]) =>
      [...answer.links].map((target) => {
        const { problem } = this.#targets.get(target).answer
        return { source, target, problem }
      }),
    )
    const broken = links.filter(({ problem }) => problem !== undefined)
    const { problem } = this.#targets.get(start).answer
    if (problem !== undefined) broken.push({ source: 'the command line', target: start, problem })
    broken.sort((a, b) => compare(a.source, b.source) || compare(a.target, b.target))
    return { pages: pages.length, links: links.length, broken }
  }
}

const collator = new Intl.Collator('en', { numeric: true })
const compare = (a, b) => collator.compare(a, b)
