import { describe, expect, test } from 'vitest'
import { checkLinearizable } from '../../src/testing/linearizability/check.ts'
import type { History } from '../../src/testing/linearizability/merge.ts'
import { keyed, type SequentialSpec } from '../../src/testing/linearizability/spec.ts'
import { barrier, barrierHistory } from '../../src/testing/models/barrier.ts'
import { condition, conditionHistory } from '../../src/testing/models/condition.ts'
import { counter } from '../../src/testing/models/counter.ts'
import { event } from '../../src/testing/models/event.ts'
import { latch } from '../../src/testing/models/latch.ts'
import { lock } from '../../src/testing/models/lock.ts'
import { queue } from '../../src/testing/models/queue.ts'
import { register } from '../../src/testing/models/register.ts'
import { rwlock } from '../../src/testing/models/rwlock.ts'
import { semaphore } from '../../src/testing/models/semaphore.ts'
import { bruteForce, draw, expectExplained } from './helpers.ts'

type Case = [name: string, linearizable: boolean, drawing: string]

function cases<State>(
  name: string,
  spec: SequentialSpec<State>,
  list: readonly Case[],
  prepare: (history: History) => History = (history) => history,
): void {
  describe(name, () => {
    test.each(list)('%s: %s', (_title, linearizable, drawing) => {
      const history = prepare(draw(drawing))
      const result = checkLinearizable(history, spec)
      expect(result.verdict).toBe(linearizable ? 'linearizable' : 'not linearizable')
      if (!spec.partition) expect(bruteForce(history, spec)).toBe(linearizable)
      if (result.ok) expectExplained(history, spec, result.linearization)
    })
  })
}

cases('register', register(0), [
  ['a read overlaps the write and sees the old value', true, 'A |----| write(1)\nB  |--|  read() = 0'],
  ['a read overlaps the write and sees the new value', true, 'A |----| write(1)\nB  |--|  read() = 1'],
  ['a stale read', false, 'A |-|      write(1)\nB     |--|  read() = 0'],
  ['new then old', false, 'A |----------| write(1)\nB  |--|  read() = 1\nC       |--| read() = 0'],
  [
    'two compareAndSet both win',
    false,
    'A |--| compareAndSet(0, 1) = true\nB  |--| compareAndSet(0, 2) = true',
  ],
  ['a compareAndSet loses', true, 'A |--| compareAndSet(0, 1) = true\nB  |--| compareAndSet(0, 2) = false'],
  ['swaps chain', true, 'A |--| swap(1) = 2\nB |--| swap(2) = 0'],
  ['a pending write is seen later', true, 'A |-> write(1)\nB   |-| read() = 0\nB       |-| read() = 1'],
  [
    'which pending call was used matters later, though the state is the same',
    true,
    'A |-> write(1)\nB |-> compareAndSet(0, 1)\nC    |-| read() = 1\nC        |-| write(5)\nC            |-| read() = 1',
  ],
  ['a pending write is undone', false, 'A |-> write(1)\nB   |-| read() = 1\nB       |-| read() = 0'],
])

cases('keyed register', keyed(register(0)), [
  [
    'keys do not disturb each other',
    true,
    'A |-| write("a", 1)\nB     |-| read("b") = 0\nB        |-| read("a") = 1',
  ],
  ['one key is stale', false, 'A |-| write("a", 1)\nB     |-| read("b") = 0\nB        |-| read("a") = 0'],
])

cases('counter', counter(), [
  ['both adds count', true, 'A |--| add() = 1\nB |--| add() = 0\nA       |-| get() = 2'],
  ['a lost update', false, 'A |--| add() = 0\nB |--| add() = 0'],
  ['unrecorded answers', true, 'A |--| add(2)\nB |--| add(-1)\nA       |-| get() = 1'],
])

cases('lock', lock(), [
  ['blocked until the release', true, 'A |-| acquire()\nB   |--------| acquire()\nA      |-| release()'],
  ['two holders', false, 'A |-| acquire()\nB     |-| acquire()\nA         |-| release()'],
  ['tryAcquire of a held lock', true, 'A |-| acquire()\nB     |-| tryAcquire() = false'],
  ['tryAcquire of a held lock wins', false, 'A |-| acquire()\nB     |-| tryAcquire() = true'],
  ['tryAcquire of a free lock fails', false, 'A |-| tryAcquire() = false'],
  ['a stranger releases', false, 'A |-| acquire()\nB     |-| release()'],
  ['a stranger is refused', true, 'A |-| acquire()\nB     |-| release() = {"threw":"NotOwnerError"}'],
  [
    'a timeout has no effect',
    true,
    'A |-----| acquire() = {"threw":"TimeoutError"}\nB         |-| acquire()',
  ],
  ['a killed waiter took it for ever', true, 'A |-> acquire()\nB    |-| tryAcquire() = false'],
  ['no reentry', false, 'A |-| acquire()\nA     |-| acquire()'],
  ['death hands on', true, 'A |-| acquire()\nM     |-| died("A")\nB          |-| acquire() = "abandoned"'],
  ['death is not told', false, 'A |-| acquire()\nM     |-| died("A")\nB          |-| acquire()'],
  ['told of no death', false, 'B |-| acquire() = "abandoned"'],
])
cases('reentrant lock', lock({ reentrant: true }), [
  [
    'reentry',
    true,
    'A |-| acquire()\nA     |-| acquire()\nA         |-| release()\nB            |-| tryAcquire() = false',
  ],
  [
    'free too early',
    false,
    'A |-| acquire()\nA     |-| acquire()\nA         |-| release()\nB             |-| acquire()',
  ],
])
cases('lock with weakTry', lock({ weakTry: true }), [
  ['tryAcquire of a reserved lock', true, 'A |-| tryAcquire() = false'],
  ['still no two holders', false, 'A |-| acquire()\nB     |-| tryAcquire() = true'],
])

cases('rwlock', rwlock(), [
  ['readers share', true, 'A |-| read()\nB    |-| read()\nC        |-| tryWrite() = false'],
  ['a writer among readers', false, 'A |-| read()\nB    |-| write()'],
  ['a reader beside a writer', false, 'A |-| write()\nB     |-| tryRead() = true'],
  ['a writer after all readers', true, 'A |-| read()\nB |--------| write()\nA     |-| releaseRead()'],
  ['a dead reader stops counting', true, 'A |-| read()\nM     |-| died("A")\nB         |-| write()'],
  ['a dead writer is told', false, 'A |-| write()\nM     |-| died("A")\nB         |-| read()'],
])

cases('semaphore', semaphore({ permits: 3 }), [
  ['weights fit', true, 'A |-| acquire(2)\nB     |-| acquire(1)\nC         |-| value() = 0'],
  ['too many permits out', false, 'A |-| acquire(2)\nB     |-| acquire(2)'],
  [
    'a big request waits for both',
    true,
    'A |-| acquire(2)\nB |---------| acquire(3)\nA       |-| release(2)',
  ],
  ['a death gives back', true, 'A |-| acquire(2)\nM     |-| died("A")\nB          |-| acquire(3)'],
  ['a resize lowers', false, 'A |-| resize(1)\nB     |-| acquire(2)'],
  ['a failed try of what is free', false, 'A |-| tryAcquire(3) = false'],
  ['release beyond the start', true, 'A |-| release(2)\nB       |-| value() = 5'],
])
cases('bounded semaphore', semaphore({ permits: 1, bounded: true }), [
  ['a release too many throws', true, 'A |-| release() = {"threw":"RangeError"}\nB      |-| value() = 1'],
  ['a release too many passes', false, 'A |-| release()'],
])

cases('event', event(), [
  ['set then clear frees who waited', true, 'A |-----------| wait()\nB   |-| set()\nB       |-| clear()'],
  ['a wait that began after clear', false, 'B |-| set()\nB     |-| clear()\nA         |-| wait()'],
  ['isSet is stale', false, 'B |-| set()\nA     |-| isSet() = false'],
])
cases('auto-reset event', event({ autoReset: true }), [
  ['one set frees one', true, 'A |------| wait()\nB |------> wait()\nC   |-| set()'],
  ['one set frees two', false, 'A |------| wait()\nB |------| wait()\nC   |-| set()'],
])

cases('latch', latch(2), [
  [
    'opens at zero',
    true,
    'A |-----------| wait()\nB   |-| countDown()\nC     |-| countDown()\nD         |-| count() = 0',
  ],
  ['opens too early', false, 'B |-| countDown()\nA     |-| wait()'],
  ['one too many is refused', true, 'A |-| countDown(3) = {"threw":"RangeError"}\nB     |-| count() = 2'],
  ['one too many passes', false, 'A |-| countDown(3)'],
])
cases('clamping latch', latch(2, { overrun: 'clamp' }), [
  ['stays at zero', true, 'A |-| countDown(3)\nA     |-| count() = 0'],
  ['does not go below', false, 'A |-| countDown(3)\nA     |-| count() = -1'],
])

// The queue examples follow figures 1 and 2 of Herlihy and Wing, "Linearizability" (1990).
cases('queue', queue(), [
  [
    'overlapping puts, either first',
    true,
    'A |---| put("x")\nB  |-----| put("y")\nB          |-| get() = "x"\nA            |-| get() = "y"\nA                |-| put("z")',
  ],
  ['the second put is taken first', false, 'A |-| put("x")\nB      |-| put("y")\nA          |-| get() = "y"'],
  ['a pending put is taken', true, 'A |---> put("x")\nB    |-| get() = "x"'],
  [
    'one item twice',
    false,
    'A |---------| put("x")\nB |---------| put("y")\nA             |-| get() = "y"\nC             |-| get() = "y"',
  ],
  ['empty after a put', false, 'A |-| put(1)\nB     |-| tryGet()'],
  [
    'empty before the put',
    true,
    'A |-------| put(1)\nB   |-| tryGet()\nB           |-| peek() = 1\nB               |-| size() = 1',
  ],
])
cases('bounded queue', queue({ capacity: 1 }), [
  ['a put waits for room', true, 'A |-| put(1)\nA     |------| put(2)\nB       |-| get() = 1'],
  ['a put beyond the capacity', false, 'A |-| put(1)\nA     |-| put(2)\nB         |-| get() = 1'],
  ['a full queue refuses', true, 'A |-| put(1)\nA     |-| tryPut(2) = false'],
])

cases(
  'barrier',
  barrier(2),
  [
    ['both arrive', true, 'A |-----| wait() = 0\nB   |-----| wait() = 1'],
    ['one leaves before the other arrives', false, 'A |-| wait() = 0\nB     |-----| wait() = 1'],
    ['one index twice', false, 'A |-----| wait() = 0\nB   |-----| wait() = 0'],
    ['the killed party had arrived', true, 'A |-----| wait() = 0\nB   |-----> wait()'],
    [
      'a timeout breaks it for both',
      true,
      'A |-----| wait() = {"threw":"TimeoutError"}\nB  |-----| wait() = {"threw":"BrokenBarrierError"}',
    ],
    [
      'the parties of one round pass, the timeout is of the next',
      true,
      'A |--------| wait() = 1\nB |--------| wait() = 0\nC  |----------| wait() = {"threw":"TimeoutError"}',
    ],
    [
      'a wait after its own round failed',
      false,
      'A |--| wait() = {"threw":"TimeoutError"}\nB      |--| wait() = 0',
    ],
    ['broken for no reason', false, 'A |-----| wait() = {"threw":"BrokenBarrierError"}'],
    ['broken stays broken', false, 'M |-| abort()\nA     |-----| wait() = 0\nB     |-----| wait() = 1'],
    [
      'reset mends it',
      true,
      'M |-| abort()\nM     |-| reset()\nA         |-----| wait() = 0\nB         |-----| wait() = 1',
    ],
    [
      'a dead party breaks it',
      true,
      'A |----> wait()\nB  |--------| wait() = {"threw":"BrokenBarrierError"}\nM     |-| died("A")',
    ],
  ],
  barrierHistory,
)

test('an unknown operation is named, and so is what the model knows', () => {
  expect(() => checkLinearizable(draw('A |-| incr()'), counter())).toThrow(
    "counter: unknown operation 'incr', it knows add, get",
  )
})

test('wrong arguments of a model are refused', () => {
  expect(() => queue({ capacity: 0 })).toThrow('capacity: expected an integer of at least 1')
  expect(() => barrier(0)).toThrow('parties: expected')
  expect(() => checkLinearizable(draw('A |-| acquire(-1)'), semaphore())).toThrow(
    'args[0]: expected an integer of at least 0, got -1',
  )
})

cases(
  'condition',
  condition(),
  [
    [
      'a wait ends after a notification, once the lock is free',
      true,
      'A |-| acquire()\nA    |----------------------| wait()\nB      |--| acquire()\nB           |-| notify()\nB               |-| release()',
    ],
    [
      'a wait ends without a notification',
      false,
      'A |-| acquire()\nA    |-----| wait()\nA            |-| release()',
    ],
    [
      'a notification before the wait is for nobody',
      false,
      'A |-| acquire()\nA    |-| notify()\nA        |-----| wait()',
    ],
    [
      'one notification wakes one of two',
      false,
      'A |-| acquire()\nA    |----------------------------------| wait()\nB     |-| acquire()\nB         |------------------------| wait()\nC           |-| acquire()\nC               |-| notify(1)\nC                   |-| release()\nA                                           |-| release()',
    ],
    [
      'a wait that times out takes the lock',
      false,
      'A |-| acquire()\nA    |----| wait() = {"threw":"TimeoutError"}\nB            |-| acquire()',
    ],
    [
      'a notification that comes with a timeout is passed on',
      true,
      'A |-| acquire()\nA    |------------------------------------| wait() = {"threw":"TimeoutError"}\nB     |-| acquire()\nB         |---------------------------------------------| wait()\nC           |-| acquire()\nC               |-| notify(1)\nC                   |-| release()\nA                                           |-| release()',
    ],
    ['who does not hold it may not notify', false, 'A |-| notify()'],
    ['and is refused', true, 'A |-| notify() = {"threw":"NotHeldError"}'],
  ],
  conditionHistory,
)
