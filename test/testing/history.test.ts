import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { buildSync } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { createHistoryClock, HistoryRecorder, type ThreadLog } from '../../src/testing/history.ts'
import { checkLinearizable } from '../../src/testing/linearizability/check.ts'
import { mergeHistories, parseHistory } from '../../src/testing/linearizability/merge.ts'
import { createHistoryLog, readHistoryLog } from '../../src/testing/linearizability/shared-log.ts'
import { splitCalls } from '../../src/testing/linearizability/split.ts'
import { counter } from '../../src/testing/models/counter.ts'
import { draw } from './helpers.ts'

function pair(): [HistoryRecorder, HistoryRecorder] {
  const clock = createHistoryClock()
  return [new HistoryRecorder({ thread: 'a', clock }), new HistoryRecorder({ thread: 2, clock })]
}

describe('a recorder', () => {
  test('orders the events of all threads and leaves open calls pending', () => {
    const [a, b] = pair()
    const add = a.call('add', [1])
    const get = b.call('get')
    a.call('add', [2])
    b.return(get, 0)
    a.return(add)
    expect(mergeHistories(JSON.parse(JSON.stringify(b.log())) as ThreadLog, a.log())).toEqual([
      { id: 0, thread: 'a', op: 'add', args: [1], call: 0, return: 4 },
      { id: 1, thread: '2', op: 'get', args: [], call: 1, return: 3, result: 0 },
      { id: 2, thread: 'a', op: 'add', args: [2], call: 2, return: null },
    ])
  })

  test('keeps what it was given, not what became of it', () => {
    const [a] = pair()
    const item = { n: [1] }
    a.return(a.call('put', [item]), item)
    item.n.push(2)
    expect(mergeHistories(a.log())[0]).toMatchObject({ args: [{ n: [1] }], result: { n: [1] } })
  })

  test('record notes a value, an encoded value and an error, and passes each on', async () => {
    const [a] = pair()
    const boom = new RangeError('no')
    expect(a.record('get', [], () => 1)).toBe(1)
    await a.recordAsync(
      'acquire',
      [],
      () => Promise.resolve(new Map()),
      () => true,
    )
    const fail = (): never => {
      throw boom
    }
    expect(() => a.record('get', [], fail)).toThrow(boom)
    await expect(a.recordAsync('get', [], () => Promise.reject(boom))).rejects.toBe(boom)
    expect(mergeHistories(a.log()).map((call) => call.result)).toEqual([
      1,
      true,
      { threw: 'RangeError' },
      { threw: 'RangeError' },
    ])
  })

  test('refuses what is wrong and records nothing of it', () => {
    const [a] = pair()
    const loop: unknown[] = []
    loop.push(loop)
    expect(() => a.call('')).toThrow('op: expected')
    expect(() => a.call('put', 'x' as never)).toThrow('args: expected an array')
    expect(() => a.call('put', [{ x: 1n }])).toThrow('args[0] of put.x: expected a JSON value, got a bigint')
    expect(() => a.call('put', [new Map()])).toThrow('got a Map')
    expect(() => a.call('put', [NaN])).toThrow('NaN is no JSON value')
    expect(() => a.call('put', [loop])).toThrow('contains itself')
    expect(() => a.return(0)).toThrow('id: 0 is no open call of thread a')
    const id = a.call('put')
    expect(() => a.return(id, [undefined])).toThrow(`result of call ${id}[0]`)
    a.return(id)
    expect(() => a.return(id)).toThrow('no open call')
    expect(a.log().events.length).toBe(2)
    expect(() => new HistoryRecorder({ thread: '', clock: createHistoryClock() })).toThrow('thread: expected')
    expect(() => new HistoryRecorder({ thread: 1, clock: [] as never })).toThrow('clock: expected')
  })

  test('says when its clock has run out', () => {
    const clock = createHistoryClock()
    clock[0] = 2 ** 31 - 1
    const a = new HistoryRecorder({ thread: 1, clock })
    a.call('get')
    expect(() => a.call('get')).toThrow('clock: 2^31 events')
  })
})

describe('mergeHistories', () => {
  const event = { kind: 'call', id: 0, time: 0, op: 'get', args: [] }
  const back = { kind: 'return', id: 0, time: 1 }
  const bad: [string, unknown[], string][] = [
    ['no object', [3], 'logs[0]: expected an object, got 3'],
    ['no thread', [{ events: [] }], 'logs[0].thread: expected a string'],
    ['no events', [{ thread: 'a' }], 'logs[0].events: expected an array'],
    [
      'an unknown kind',
      [{ thread: 'a', events: [{ kind: 'x' }] }],
      "logs[0].events[0].kind: expected 'call' or 'return'",
    ],
    [
      'a return without a call',
      [{ thread: 'a', events: [back] }],
      'logs[0].events[0].id: 0 returned without a call',
    ],
    ['two returns', [{ thread: 'a', events: [event, back, back] }], 'logs[0].events[2].id: 0 returned twice'],
    [
      'two calls of one id',
      [{ thread: 'a', events: [event, event] }],
      'logs[0].events[1].id: 0 was called before',
    ],
    [
      'a return before its call',
      [{ thread: 'a', events: [event, { ...back, time: -1 }] }],
      'history[0].return: -1 is before its call',
    ],
    ['no operation', [{ thread: 'a', events: [{ ...event, op: 1 }] }], 'history[0].op: expected a string'],
    [
      'a broken time',
      [{ thread: 'a', events: [{ ...event, time: null }] }],
      'history[0].call: expected an integer, got null',
    ],
    [
      'two clocks',
      [
        { thread: 'a', events: [event] },
        { thread: 'b', events: [event] },
      ],
      'all recorders need the same clock',
    ],
  ]
  test.each(bad)('%s', (_name, logs, message) => {
    expect(() => mergeHistories(...(logs as ThreadLog[]))).toThrow(message)
  })

  test('parseHistory refuses ids and results that do not fit', () => {
    const [call] = draw('A |-| get() = 1')
    expect(() => parseHistory({})).toThrow('history: expected an array')
    expect(() => parseHistory([{ ...call, id: 1 }])).toThrow('history[0].id: expected 0')
    expect(() => parseHistory([{ ...call, return: null }])).toThrow('history[0].result: a pending call')
  })
})

test('splitCalls keeps the order of everything else', () => {
  const split = splitCalls(
    draw('A |---| wait(7) = 0\nB   |---> wait()\nA     |-| get()'),
    'wait',
    'in',
    'out',
  )
  expect(split.map(({ op, args }) => [op, args])).toEqual([
    ['in', [7, 0]],
    ['out', [7, 0]],
    ['in', [1]],
    ['out', [1]],
    ['get', []],
  ])
  expect(parseHistory(split)).toBe(split)
})

describe('a shared log', () => {
  test('is claimed once, tells when it is full, and keeps what fitted', () => {
    const log = createHistoryLog(256)
    expect(() => readHistoryLog(log)).toThrow('no recorder has opened it')
    const recorder = new HistoryRecorder({ thread: 'a', clock: createHistoryClock(), log })
    expect(() => new HistoryRecorder({ thread: 'b', clock: createHistoryClock(), log })).toThrow(
      'already in use',
    )
    const id = recorder.call('put', ['ä'.repeat(20)])
    expect(() => recorder.return(id, 'x'.repeat(200))).toThrow('log: full after')
    expect(mergeHistories(readHistoryLog(log))).toMatchObject([
      { op: 'put', args: ['ä'.repeat(20)], return: null },
    ])
    expect(() => recorder.log()).toThrow('readHistoryLog')
    expect(() => readHistoryLog(new SharedArrayBuffer(256))).toThrow('what createHistoryLog() returned')
    expect(() => createHistoryLog(1)).toThrow('bytes: expected')
  })

  // Workers cannot load TypeScript on the oldest Node, so they get the recorder as one script.
  const source = buildSync({
    entryPoints: [fileURLToPath(new URL('../../src/testing/history.ts', import.meta.url))],
    bundle: true,
    format: 'iife',
    globalName: 'history',
    write: false,
  }).outputFiles[0]?.text
  const work = `${source}
    const { workerData, parentPort } = require('node:worker_threads')
    const { thread, clock, log, value, endless } = workerData
    const recorder = new history.HistoryRecorder({ thread, clock, log })
    for (let n = 0; endless || n < 100; n++) {
      recorder.record('add', [1], () => {
        return Atomics.add(value, 0, 1)
      })
      if (n === 5) parentPort.postMessage('going')
    }`
  const start = (thread: number, data: object): { worker: Worker; log: SharedArrayBuffer } => {
    const log = createHistoryLog(1 << 22)
    return { log, worker: new Worker(work, { eval: true, workerData: { thread, log, ...data } }) }
  }

  test('real threads that count with Atomics.add are linearizable', async () => {
    const shared = { clock: createHistoryClock(), value: new Int32Array(new SharedArrayBuffer(4)) }
    const threads = [1, 2, 3].map((thread) => start(thread, shared))
    await Promise.all(threads.map(({ worker }) => once(worker, 'exit')))
    const history = mergeHistories(...threads.map(({ log }) => readHistoryLog(log)))
    expect(history.length).toBe(300)
    expect(checkLinearizable(history, counter()).verdict).toBe('linearizable')
  })

  test('what a killed thread had done survives it', async () => {
    const clock = createHistoryClock()
    const value = new Int32Array(new SharedArrayBuffer(4))
    const { worker, log } = start(1, { clock, value, endless: true })
    await once(worker, 'message')
    await worker.terminate()
    const recorder = new HistoryRecorder({ thread: 'main', clock })
    recorder.record('get', [], () => Atomics.load(value, 0))
    const history = mergeHistories(readHistoryLog(log), recorder.log())
    expect(history.length).toBeGreaterThan(6)
    expect(checkLinearizable(history, counter(), { maxSteps: Infinity }).verdict).toBe('linearizable')
  })
})
