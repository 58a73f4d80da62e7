/** Callback chains without a turn of the event loop. */
import { entry } from '../support/heddle.mjs'

const { Deferred, inlineCallbacks, succeed } = await entry('deferred')

export const subject = 'Deferred'

const LINKS = 1000
const increment = (value) => value + 1

const chain = (make) => ({
  name: 'Heddle',
  role: 'heddle',
  run: (n) => {
    for (let done = 0; done < n; done += LINKS) {
      const deferred = make()
      for (let i = 0; i < LINKS; i++) deferred.addCallback(increment)
      if (!deferred.called) deferred.callback(0)
    }
  },
})

const nativeChain = () => ({
  name: 'native then',
  role: 'peer',
  run: async (n) => {
    for (let done = 0; done < n; done += LINKS) {
      let promise = Promise.resolve(0)
      for (let i = 0; i < LINKS; i++) promise = promise.then(increment)
      await promise
    }
  },
})

let sum = 0
const makers = [
  (i) => (value) => (sum += value + i),
  (i) => (value) => (sum ^= value - i),
  (i) => (value) => (sum -= value & i),
]
const BATCH = 10_000

const firing = () => ({
  name: 'Heddle',
  role: 'heddle',
  run: (n) => {
    for (let i = 0; i < n; i++) {
      const deferred = new Deferred()
      for (const make of three) deferred.addCallback(make)
      deferred.callback(i)
    }
  },
})
const three = makers.map((make) => make(3))

const closures = () => ({
  name: '3 closures in a loop',
  role: 'floor',
  run: (n) => {
    for (let i = 0; i < n; i++) {
      let value = i
      for (const f of three) value = f(value)
    }
  },
})

const fired = Array.from({ length: BATCH }, (_, i) => succeed(i))
const steps = inlineCallbacks(function* (n) {
  let total = 0
  for (let i = 0; i < n; i++) total += yield* fired[i % BATCH]
  return total
})

const inline = () => ({ name: 'Heddle', role: 'heddle', run: (n) => void steps(n) })

const settled = Array.from({ length: BATCH }, (_, i) => Promise.resolve(i))
const asyncFunction = () => ({
  name: 'async function',
  role: 'peer',
  run: async (n) => {
    let total = 0
    for (let i = 0; i < n; i++) total += await settled[i % BATCH]
    return total
  },
})

export const rows = [
  {
    operation: 'a link of a chain, added before firing',
    goals: [{ atMost: 1 / 5, over: 'peer' }],
    setup: () => ({ contestants: [chain(() => new Deferred()), nativeChain()] }),
  },
  {
    operation: 'a link of a chain, added after firing',
    goals: [{ atMost: 1 / 5, over: 'peer' }],
    setup: () => ({ contestants: [chain(() => succeed(0)), nativeChain()] }),
  },
  {
    operation: 'make and fire with 3 callbacks',
    goals: [{ atMost: 4, over: 'floor' }],
    setup: () => ({ contestants: [firing(), closures()] }),
  },
  {
    operation: 'a step of inlineCallbacks over a fired Deferred',
    goals: [{ atMost: 1 / 3, over: 'peer' }],
    setup: () => ({ contestants: [inline(), asyncFunction()] }),
  },
]
