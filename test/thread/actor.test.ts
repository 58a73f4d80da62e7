import { CancelledError, QueueShutDownError, setClock, sleep, TimeoutError, WorkerDiedError } from 'heddle'
import { VirtualClock } from 'heddle/testing'
import { Actor, type ActorFailure, type ActorOptions, type Portable, transfer } from 'heddle/threads'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const { shout, Teller } = (await import('./fixtures/actors.mjs' as string)) as {
  shout: Portable<[string], string>
  Teller: new (start?: number, words?: Int32Array) => { receive(message: unknown): any }
}

let told: [error: any, failure: ActorFailure][] = []
let actors: Actor<any, any>[] = []

beforeEach(() => {
  told = []
})

afterEach(() => {
  for (const actor of actors) actor.terminate()
  actors = []
})

/** One that collects what it is told, and restarts at once. */
function make(options: ActorOptions<Actor<any, any>> = {}): Actor<unknown, any> {
  const actor = new Actor<unknown, any>(Teller, {
    onFailure: (error, failure) => void told.push([error, failure]),
    backoff: { initial: 0 },
    ...options,
  })
  actors.push(actor)
  return actor
}

const words = (): Int32Array => new Int32Array(new SharedArrayBuffer(16))

async function reaches(w: Int32Array, at: number, value: number): Promise<void> {
  while (Atomics.load(w, at) < value) await new Promise((resolve) => setImmediate(resolve))
}

describe.each([
  ['a task', false],
  ['a thread', true],
])('An actor in %s', (_, thread) => {
  test('handles one message after another, and ends when it is closed and its mailbox is empty', async () => {
    const actor = make({ thread, args: [10] })
    for (let i = 1; i <= 4; i++) await actor.send(['add', i])
    const last = actor.ask(['add', 5])
    actor.close()
    expect(await last).toBe(25)
    await actor.join()
    expect(actor.isAlive).toBe(false)
    expect(actor.statistics()).toMatchObject({ state: 'ended', handled: 5, failures: 0, dropped: 0 })
    await expect(actor.send(['add', 1])).rejects.toThrow(QueueShutDownError)
    expect(() => actor.ask(['add', 1])).toThrow(QueueShutDownError)
    expect(told).toEqual([])
  })

  test('may be a function', async () => {
    await using actor = new Actor(shout, { thread })
    expect(await actor.ask('hello')).toBe('HELLO!')
  })

  test('answers with what its promise gives', async () => {
    expect(await make({ thread }).ask(['late', 3])).toBe('late 3')
  })

  test('tells who asked what went wrong, and its supervision too, and starts anew', async () => {
    const actor = make({ thread, args: [100] })
    expect(await actor.ask(['add', 1])).toBe(101)
    const failing = actor.ask(['fail', 'broken'])
    const next = actor.ask(['add', 2])
    await expect(failing).rejects.toThrow(new RangeError('broken'))
    expect(await next).toBe(102)
    expect(told).toMatchObject([[{ message: 'broken' }, { directive: 'restart', delay: 0, dropped: 0 }]])
    expect(actor.statistics()).toMatchObject({ failures: 1, restarts: 1, handled: 2 })
  })

  test('goes on as it is where its supervision says resume', async () => {
    const actor = make({ thread, supervise: 'resume' })
    await actor.send(['add', 1])
    await actor.send(['fail', 'broken'])
    expect(await actor.ask(['add', 1])).toBe(2)
    expect(told).toMatchObject([[{ message: 'broken' }, { directive: 'resume' }]])
    expect(actor.statistics().restarts).toBe(0)
  })

  test('ends where its supervision says stop: what is pending fails', async () => {
    const actor = make({ thread, supervise: 'stop', capacity: 2 })
    const first = actor.ask(['fail', 'broken'])
    const second = actor.ask(['add', 1])
    const waiting = actor.ask(['add', 1])
    const sent = actor.send(['add', 1]).then(String, (error: unknown) => error)
    await expect(first).rejects.toThrow('broken')
    const error = await second.exception()
    expect(error).toBeInstanceOf(CancelledError)
    expect(error).toHaveProperty('cause', new RangeError('broken'))
    expect(await waiting.exception()).toBeInstanceOf(CancelledError)
    expect(await sent).toBeInstanceOf(QueueShutDownError)
    await actor.join()
    expect(told).toMatchObject([[{ message: 'broken' }, { directive: 'stop' }]])
  })

  test('throws at join what it escalated', async () => {
    const actor = make({ thread, supervise: 'escalate' })
    await actor.send(['fail', 'broken'])
    await expect(actor.join()).rejects.toThrow(new RangeError('broken'))
  })

  test('escalates after too many restarts in a row, also when it cannot be made', async () => {
    const w = words()
    Atomics.store(w, 3, 3)
    const actor = make({ thread, args: [0, w], maxRestarts: 2 })
    await expect(actor.join()).rejects.toThrow('cannot be made')
    expect(told.map(([, { directive }]) => directive)).toEqual(['restart', 'restart', 'escalate'])
    Atomics.store(w, 3, 2)
    expect(await make({ thread, args: [5, w], maxRestarts: 2 }).ask(['add', 1])).toBe(6)
  })

  test('is disposed of when it is replaced, and when it ends', async () => {
    const w = words()
    const actor = make({ thread, args: [0, w] })
    await actor.ask(['fail', 'broken']).exception()
    expect(await actor.ask(['add', 1])).toBe(1)
    expect(w[2]).toBe(1)
    actor.close()
    await actor.join()
    expect(w[2]).toBe(2)
  })

  test('ends at once when it is terminated, and its asks with it', async () => {
    const actor = make({ thread })
    const handling = actor.ask('never')
    const lying = actor.ask(['add', 1])
    while (!handling.running) await sleep(0)
    actor.terminate(new RangeError('enough'))
    for (const future of [handling, lying]) {
      const error = await future.exception()
      expect(error).toBeInstanceOf(CancelledError)
      expect(error).toHaveProperty('cause', new RangeError('enough'))
    }
    await actor.join()
    expect(told).toEqual([])
    expect(actor.statistics()).toMatchObject({ state: 'ended', size: 0 })
  })

  test('may be terminated before its first step', async () => {
    const actor = make({ thread })
    const asked = actor.ask(['add', 1])
    actor.terminate()
    expect(await asked.exception()).toBeInstanceOf(CancelledError)
    await actor.join()
  })

  test('never begins a message whose ask has ended before', async () => {
    const actor = make({ thread })
    const handling = actor.ask('never')
    while (!handling.running) await sleep(0)
    const late = actor.ask(['add', 1], { timeout: 1 })
    const cancelled = actor.ask(['add', 2])
    const controller = new AbortController()
    const aborted = actor.ask(['add', 4], { signal: controller.signal })
    await expect(late).rejects.toThrow(TimeoutError)
    expect(cancelled.cancel()).toBe(true)
    controller.abort(new RangeError('enough'))
    await expect(aborted).rejects.toThrow('enough')
    expect(actor.statistics()).toMatchObject({ handled: 0, size: 3 })
    actor.terminate()
    expect(await handling.exception()).toBeInstanceOf(CancelledError)
  })

  test('lets who sends wait for room', async () => {
    const w = words()
    const actor = make({ thread, args: [0, w], capacity: 1 })
    const handling = actor.ask('never')
    while (!handling.running) await sleep(0)
    expect(actor.trySend(['add', 1])).toBe(true)
    expect(actor.trySend(['add', 1])).toBe(false)
    await expect(actor.send(['add', 1], { timeout: 0 })).rejects.toThrow(TimeoutError)
    const waiting = actor.ask(['add', 1])
    expect(waiting.cancel()).toBe(true)
    expect(actor.statistics().size).toBe(1)
  })

  test('reports a supervision that fails itself, and escalates', async () => {
    const actor = make({ thread, supervise: () => 'whatever' as never })
    await actor.send(['fail', 'broken'])
    const error: any = await actor.join().then(String, (thrown: unknown) => thrown)
    expect(error.errors[0]).toEqual(new RangeError('broken'))
    expect(error.errors[1].message).toMatch(
      /must be 'resume', 'restart', 'stop' or 'escalate', got "whatever"/,
    )
  })
})

describe('In time', () => {
  test('the pauses grow until a message was handled', async () => {
    const clock = new VirtualClock()
    const before = setClock(clock)
    try {
      const actor = make({ backoff: { initial: 100, factor: 3, most: 500 } })
      for (const _ of [1, 2, 3, 4]) actor.trySend(['fail', 'broken'])
      actor.trySend(['add', 1])
      actor.trySend(['fail', 'broken'])
      await clock.advanceAsync(0)
      const restarts: number[] = []
      for (let now = 0; now < 2000; now += 50) {
        if (actor.statistics().restarts > restarts.length) restarts.push(now)
        await clock.advanceAsync(50)
      }
      expect(told.map(([, { delay }]) => delay)).toEqual([100, 300, 500, 500, 100])
      expect(restarts).toEqual([100, 400, 900, 1400, 1500])
    } finally {
      setClock(before)
    }
  })

  test('an ask ends at its timeout, though its handler goes on', async () => {
    const clock = new VirtualClock()
    const before = setClock(clock)
    try {
      let open: (value: string) => void = () => undefined
      const actor = new Actor(() => new Promise<string>((resolve) => void (open = resolve)))
      actors.push(actor)
      const first = actor.ask(1, { timeout: 50 })
      await clock.advanceAsync(49)
      expect(first.done).toBe(false)
      await clock.advanceAsync(1)
      await expect(first).rejects.toThrow(/did not answer within 50 ms/)
      open('late')
      const second = actor.ask(2)
      await clock.advanceAsync(0)
      open('in time')
      expect(await second).toBe('in time')
      expect(actor.statistics().failures).toBe(0)
    } finally {
      setClock(before)
    }
  })
})

describe('A generator', () => {
  test('runs as a task, and is ended at its wait', async () => {
    const seen: string[] = []
    const actor = new Actor(function* (message: string) {
      try {
        seen.push(message)
        yield* sleep(message === 'short' ? 0 : 1e6)
        return `${message} is over`
      } finally {
        seen.push('finally')
      }
    })
    expect(await actor.ask('short')).toBe('short is over')
    const long = actor.ask('long')
    while (!long.running) await sleep(0)
    actor.terminate()
    expect(await long.exception()).toBeInstanceOf(CancelledError)
    await actor.join()
    expect(seen).toEqual(['short', 'finally', 'long', 'finally'])
  })
})

describe('An actor with children', () => {
  test('fails by their escalation, and they end with its behaviour', async () => {
    const parent = make({ name: 'parent' })
    const child = make({ name: 'child', parent, supervise: 'escalate' })
    const other = make({ name: 'other', parent })
    await child.send(['fail', 'broken'])
    await expect(child.join()).rejects.toThrow('broken')
    await other.join()
    expect(await parent.ask(['add', 1])).toBe(1)
    expect(told.map(([, { actor, directive }]) => `${actor}: ${directive}`)).toEqual([
      'child: escalate',
      'parent: restart',
    ])
    const last = make({ parent })
    parent.close()
    await parent.join()
    await last.join()
  })
})

describe('The thread of an actor', () => {
  test('is another one', async () => {
    const [here, there] = [make(), make({ thread: true })]
    expect(await here.ask('thread')).not.toBe(await there.ask('thread'))
  })

  test.each([
    ['while it handles a message', 'exit'],
    ['while it has nothing to do', 'die later'],
  ])('that dies %s is replaced', async (_, how) => {
    const actor = make({ thread: true, args: [7], supervise: 'resume' })
    const before = await actor.ask('thread')
    const dying = actor.ask(how)
    if (how === 'exit') await expect(dying).rejects.toThrow(WorkerDiedError)
    else expect(await dying).toBe('soon')
    while (actor.statistics().restarts === 0) await sleep(0)
    expect(await actor.ask(['add', 1])).toBe(8)
    expect(await actor.ask('thread')).not.toBe(before)
    expect(told).toMatchObject([[{ name: 'WorkerDiedError' }, { directive: 'restart' }]])
  })

  test('is stopped though it never returns to the event loop', async () => {
    const w = words()
    const actor = make({ thread: true, args: [0, w] })
    const held = actor.ask('hold')
    await reaches(w, 0, 1)
    actor.terminate()
    expect(await held.exception()).toBeInstanceOf(CancelledError)
    await actor.join()
  })

  test('takes and gives what threads do', async () => {
    const actor = make({ thread: true, supervise: 'stop' })
    const sent = new Uint8Array([1, 2])
    expect(await actor.ask(['echo', transfer(sent)])).toEqual(new Uint8Array([1, 2]))
    expect(sent.length).toBe(0)
    expect(await actor.ask(['buffer', 2])).toEqual(new Uint8Array([7, 7]))
    expect(() => actor.ask(['echo', { deep: [() => 1] }])).toThrow(/message\[1\]\.deep\[0\]/)
    expect(() => actor.send(['echo', () => 1])).toThrow(/message\[1\]/)
    // The first one has moved it away when the second one's turn comes; the actor has not seen that.
    const buffer = transfer(new Uint8Array(2))
    const [moved, empty] = [actor.ask(['echo', buffer]), actor.ask(['echo', buffer])]
    expect(await moved).toEqual(new Uint8Array(2))
    await expect(empty).rejects.toThrow(/detached/)
    expect(await actor.ask(['echo', 5])).toBe(5)
    await expect(actor.ask('uncloneable')).rejects.toThrow(/the answer/)
    await actor.join()
  })
})

describe('It is refused at once', () => {
  class Plain {
    receive(): void {}
  }
  class Deaf {}
  const refused = (behaviour: unknown, options?: unknown) => () =>
    new Actor(behaviour as never, options as never)

  test.each([
    [7, undefined, 'behaviour must be a class with a method receive, or a function, got 7'],
    [Deaf, undefined, 'the class Deaf must have a method receive(message)'],
    [Plain, { thread: true }, 'static { portable(import.meta.url, "Plain", this) }'],
    [Plain, 7, 'options must be an object'],
    [Plain, { capacity: 0 }, 'capacity must be an integer of at least 1, got 0'],
    [Plain, { thread: 7 }, 'thread must be an object'],
    [Plain, { args: 7 }, 'args must be an array, got 7'],
    [Plain, { supervise: 'hope' }, `supervise must be 'resume', 'restart', 'stop' or 'escalate', got "hope"`],
    [Plain, { backoff: { factor: 0.5 } }, 'backoff.factor must be at least 1, got 0.5'],
    [Plain, { backoff: { initial: 'x' } }, 'backoff.initial must be a number, got "x"'],
    [Plain, { maxRestarts: -1 }, 'maxRestarts must be an integer of at least 0, got -1'],
    [Plain, { onFailure: 7 }, 'onFailure must be a function, got 7'],
    [Plain, { parent: 7 }, 'parent must be an Actor, got 7'],
  ])('%s with %o', (behaviour, options, message) => {
    expect(refused(behaviour, options)).toThrow(message)
  })

  test('an ask with wrong options', () => {
    const actor = make()
    expect(() => actor.ask('thread', { timeout: -1 })).toThrow('timeout must be at least 0, got -1')
    expect(() => actor.ask('thread', { signal: 7 as never })).toThrow('signal must be an AbortSignal, got 7')
    expect(() => actor.ask('thread', { ref: 7 as never })).toThrow('ref must be a boolean, got 7')
    expect(actor.statistics().size).toBe(0)
  })
})
