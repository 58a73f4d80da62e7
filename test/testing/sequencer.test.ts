import { expect, test } from 'vitest'
import { InvalidStateError, select, spawn, TimeoutError } from '../../src/index.ts'
import { inVirtualTime, Sequencer } from '../../src/testing/index.ts'

test('turns come in their order, whoever begins first', () => {
  const log = inVirtualTime(function* () {
    const sequencer = new Sequencer()
    const said: string[] = []
    const at = (numbers: number[], name: string) =>
      spawn(function* () {
        for (const number of numbers) {
          const turn = yield* sequencer.turn(number)
          said.push(`${name}${turn.number}`)
          turn.end()
        }
      })
    const tasks = [at([1, 4], 'a'), at([0, 3], 'b'), at([2], 'c')]
    for (const task of tasks) yield* task
    expect(sequencer.ended).toBe(5)
    return said
  })
  expect(log).toEqual(['b0', 'a1', 'c2', 'b3', 'a4'])
})

test('serves async functions, and ends with its scope', async () => {
  const sequencer = new Sequencer()
  const log: number[] = []
  const take = async (number: number) => {
    using turn = await sequencer.turn(number)
    log.push(turn.number)
  }
  await Promise.all([take(2), take(0), take(1)])
  expect(log).toEqual([0, 1, 2])
})

test('a turn is taken once', async () => {
  const sequencer = new Sequencer()
  const first = await sequencer.turn(0)
  const [late, waiting] = [sequencer.turn(1).start(), sequencer.turn(1).start()]
  await expect(sequencer.turn(0).start()).rejects.toThrow(InvalidStateError)
  first.end()
  first.end()
  ;(await late).end()
  await expect(waiting).rejects.toThrow('turn 1 was taken already')
  expect(sequencer.ended).toBe(2)
  expect(() => sequencer.turn(-1)).toThrow('number must be an integer of at least 0, got -1')
})

test('a wait that gives up leaves the turn to others', () => {
  inVirtualTime(function* () {
    const sequencer = new Sequencer()
    const first = yield* sequencer.turn(0)
    try {
      yield* sequencer.turn(1, { timeout: 10 })
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(TimeoutError)
    }
    const lost = spawn(function* () {
      return (yield* select({ one: sequencer.turn(1), two: sequencer.turn(2) })).key
    })
    first.end()
    expect(yield* lost).toBe('one')
  })
})

test('a turn that nobody received is as if it had not been taken', () => {
  inVirtualTime(function* () {
    const sequencer = new Sequencer()
    const operation = sequencer.turn(0)
    const turn = operation.poll() as { end(): void }
    operation.giveBack(undefined as never, turn as never)
    ;(yield* sequencer.turn(0, { timeout: 0 })).end()
    expect(sequencer.ended).toBe(1)
  })
})
