import { describe, expect, test } from 'vitest'
import { exploreSchedules, replaySchedule, sampleSchedules } from '../../../src/testing/index.ts'
import { cancelling } from './bugs/cancelling.ts'
import { variables } from './bugs/variables.ts'
import { waiting } from './bugs/waiting.ts'

const bugs = [...variables, ...waiting, ...cancelling]

test('there are twenty, twelve of them from public reports', () => {
  expect(bugs).toHaveLength(20)
  expect(bugs.filter(({ report }) => report !== undefined)).toHaveLength(12)
})

describe.each(bugs)('$name ($report)', ({ kind, steps, options, program }) => {
  test('is found within 10 s, with the shortest trace', { timeout: 10_000 }, () => {
    const { violation } = exploreSchedules(program(true), options)
    expect(violation?.kind).toBe(kind)
    expect(violation?.schedule).toHaveLength(steps)
    expect(violation?.trace).toHaveLength(steps)

    const again = replaySchedule(program(true), violation!.schedule, options)
    expect(again.violation).toEqual(violation)
  })

  test('is found by a reduced search too, which makes fewer runs', { timeout: 10_000 }, () => {
    const whole = exploreSchedules(program(true), options)
    const reduced = exploreSchedules(program(true), { ...options, reduce: true })
    expect(reduced.violation?.kind).toBe(kind)
    expect(reduced.violation?.schedule).toHaveLength(steps)
    expect(reduced.runs).toBeLessThanOrEqual(whole.runs)
    expect(exploreSchedules(program(false), { ...options, reduce: true }).violation).toBeUndefined()
  })

  test('is drawn by some seed, which draws it again', { timeout: 10_000 }, () => {
    const { violation } = sampleSchedules(program(true), { ...options, seed: 1, runs: 2_000 })
    expect(violation?.kind).toBe(kind)
    expect(violation?.schedule.length).toBeLessThanOrEqual(steps * 2)

    const again = sampleSchedules(program(true), { ...options, seed: violation!.seed!, runs: 1 })
    expect(again.violation).toEqual(violation)
  })

  test('is not found in the correct twin', { timeout: 10_000 }, () => {
    const { violation, schedules } = exploreSchedules(program(false), options)
    expect(violation).toBeUndefined()
    expect(schedules).toBeGreaterThan(1)
  })
})

test('reduction leaves out most schedules of tasks that share little', () => {
  const { program } = bugs.find(({ name }) => name.startsWith('three philosophers'))!
  expect(exploreSchedules(program(false)).schedules).toBe(1_314)
  expect(exploreSchedules(program(false), { reduce: true }).schedules).toBeLessThan(30)
})
