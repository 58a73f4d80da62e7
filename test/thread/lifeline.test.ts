import { Lifeline } from 'heddle'
import { type Portable, Thread } from 'heddle/threads'
import { afterEach, expect, test } from 'vitest'

const work: Record<string, Portable> = await import('./fixtures/work.mjs' as string)

const running: Thread[] = []

function start(name: string, ...args: unknown[]): Thread {
  const thread = new Thread(work[name]!, { args }).start()
  running.push(thread)
  return thread
}

afterEach(() => {
  for (const thread of running.splice(0)) thread.terminate()
})

/** Sleeps until the threads have counted `words[0]` up to `count`. */
function meet(words: Int32Array, count: number): void {
  for (let n = Atomics.load(words, 0); n < count; n = Atomics.load(words, 0)) Atomics.wait(words, 0, n)
}

const shared = (): Int32Array => new Int32Array(new SharedArrayBuffer(4))

test('an end in another thread is told to sleeping and to waiting threads', async () => {
  const lifeline = new Lifeline()
  const ready = shared()
  const sleeper = start('waitsForEnd', lifeline, ready)
  const waiting = lifeline.wait().start()
  meet(ready, 1)
  expect(await start('ends', lifeline).join()).toEqual([true, true, false])
  expect(await waiting).toBe('ended')
  expect(await sleeper.join()).toBe('ended')
})

test('a death is told to a thread that sleeps and to one that waits', async () => {
  const lifeline = new Lifeline()
  const [bound, ready] = [shared(), shared()]
  const worker = start('binds', lifeline, bound)
  const sleeper = start('waitsForEnd', lifeline, ready)
  meet(bound, 1)
  meet(ready, 1)
  expect(lifeline.outcome).toBe(undefined)
  worker.terminate()
  expect(await lifeline.wait()).toBe('died')
  expect(await sleeper.join()).toBe('died')
  expect(lifeline.outcome).toBe('died')
})

test('a thread that bound itself and ends its work, and so its life, has died on the lifeline', () => {
  const lifeline = new Lifeline()
  expect(start('binding', lifeline).join().block()).toBe(true)
  expect(lifeline.wait({ timeout: 10_000 }).block()).toBe('died')
  expect(lifeline.bind()).toBe(false)
})
