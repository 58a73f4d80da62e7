/**
 * Where explored code meets the explorer. The names are those of the one module through which shipped code reaches
 * `Atomics`; outside an exploration they are plain `Atomics`, so setup code and checks can call the same functions.
 * The gate stands under a global symbol: code that was bundled apart from the explorer meets the same one.
 */
import { ADD, AND, COMPARE_EXCHANGE, EXCHANGE, LOAD, NOTIFY, OR, STORE, WAIT, WAIT_ANSWERS } from './ops.ts'

/** Whoever answers the atomic steps of the code that runs now. */
export interface Stepper {
  step(op: number, words: Int32Array, index: number, a: number, b: number): number
  now(): number
}

/** The functions of `Atomics` on an `Int32Array`, and a monotonic clock in milliseconds. */
export interface ModelAtomics {
  load(this: void, words: Int32Array, index: number): number
  store(this: void, words: Int32Array, index: number, value: number): number
  compareExchange(this: void, words: Int32Array, index: number, expected: number, value: number): number
  exchange(this: void, words: Int32Array, index: number, value: number): number
  add(this: void, words: Int32Array, index: number, value: number): number
  or(this: void, words: Int32Array, index: number, value: number): number
  and(this: void, words: Int32Array, index: number, value: number): number
  notify(this: void, words: Int32Array, index: number, count?: number): number
  wait(this: void, words: Int32Array, index: number, value: number, timeoutMs?: number): string
  now(this: void): number
}

interface Gate extends ModelAtomics {
  stepper: Stepper | undefined
}

function createGate(): Gate {
  const gate: Gate = {
    stepper: undefined,
    load: (words, index) =>
      gate.stepper === undefined ? Atomics.load(words, index) : gate.stepper.step(LOAD, words, index, 0, 0),
    store: (words, index, value) =>
      gate.stepper === undefined
        ? Atomics.store(words, index, value)
        : gate.stepper.step(STORE, words, index, value, 0),
    compareExchange: (words, index, expected, value) =>
      gate.stepper === undefined
        ? Atomics.compareExchange(words, index, expected, value)
        : gate.stepper.step(COMPARE_EXCHANGE, words, index, expected, value),
    exchange: (words, index, value) =>
      gate.stepper === undefined
        ? Atomics.exchange(words, index, value)
        : gate.stepper.step(EXCHANGE, words, index, value, 0),
    add: (words, index, value) =>
      gate.stepper === undefined
        ? Atomics.add(words, index, value)
        : gate.stepper.step(ADD, words, index, value, 0),
    or: (words, index, value) =>
      gate.stepper === undefined
        ? Atomics.or(words, index, value)
        : gate.stepper.step(OR, words, index, value, 0),
    and: (words, index, value) =>
      gate.stepper === undefined
        ? Atomics.and(words, index, value)
        : gate.stepper.step(AND, words, index, value, 0),
    notify: (words, index, count = Infinity) =>
      gate.stepper === undefined
        ? Atomics.notify(words, index, count)
        : gate.stepper.step(NOTIFY, words, index, count, 0),
    wait: (words, index, value, timeoutMs = Infinity) =>
      gate.stepper === undefined
        ? Atomics.wait(words, index, value, timeoutMs)
        : (WAIT_ANSWERS[gate.stepper.step(WAIT, words, index, value, timeoutMs)] as string),
    now: () => (gate.stepper === undefined ? performance.now() : gate.stepper.now()),
  }
  return gate
}

const KEY = Symbol.for('heddle.explorer.atomics')
const shelf = globalThis as { [KEY]?: Gate }

export const gate: Gate = (shelf[KEY] ??= createGate())

/** What explored programs call in place of `Atomics`. */
export const modelAtomics: ModelAtomics = gate
