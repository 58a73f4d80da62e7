/** Future against a plain interpreter of the rules of concurrent.futures: after every command the two agree. */
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { asCompleted, Future, setUnhandledExceptionHook, wait } from '../../src/index.ts'

type State = 'PENDING' | 'RUNNING' | 'CANCELLED' | 'CANCELLED_AND_NOTIFIED' | 'FINISHED'

/** One future, in plain words. */
class Rule {
  state: State = 'PENDING'
  value: number | undefined
  error: number | undefined
  readonly callbacks: string[] = []

  get done(): boolean {
    return !['PENDING', 'RUNNING'].includes(this.state)
  }

  get settled(): boolean {
    return this.state === 'FINISHED' || this.state === 'CANCELLED_AND_NOTIFIED'
  }

  outcome(): string {
    if (!this.done) return 'pending'
    if (this.state !== 'FINISHED') return 'CancelledError'
    return this.error === undefined ? `value ${this.value}` : `error ${this.error}`
  }
}

type When = 'ALL_COMPLETED' | 'FIRST_COMPLETED' | 'FIRST_EXCEPTION'

/** A wait for several futures, in plain words: what it gave, once it was over. */
interface Waiting {
  readonly when: When
  readonly of: readonly number[]
  gave: string | undefined
}

class Rules {
  readonly all: Rule[] = []
  readonly log: string[] = []
  readonly waits: Waiting[] = []
  /** In the order of becoming done for whoever waits. */
  readonly completed: number[] = []
  callbacks = 0

  /** Tells what the change of one future brings about. */
  changed(i: number, before: { done: boolean; settled: boolean }): void {
    const rule = this.all[i]!
    if (rule.settled && !before.settled) this.completed.push(i)
    for (const waiting of this.waits) this.look(waiting)
    if (rule.done && !before.done)
      this.log.push(...rule.callbacks.splice(0).map((id) => `${id} ${rule.state}`))
  }

  look(waiting: Waiting): void {
    if (waiting.gave !== undefined) return
    const futures = [...new Set(waiting.of)].map((i) => this.all[i]!)
    const met =
      futures.every(({ settled }) => settled) ||
      (waiting.when === 'FIRST_COMPLETED' && futures.some(({ settled }) => settled)) ||
      (waiting.when === 'FIRST_EXCEPTION' && futures.some(({ error }) => error !== undefined))
    if (!met) return
    waiting.gave = [...new Set(waiting.of)].filter((i) => this.all[i]!.settled).join()
  }
}

/** The shipped ones. */
class World {
  readonly all: Future<number>[] = []
  readonly log: string[] = []
  readonly gave: (string | undefined)[] = []
  callbacks = 0
}

const counts = new Map<string, number>()
const count = (name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1)

const name = (error: unknown): string =>
  typeof error === 'number' ? `error ${error}` : (error as Error).name

function tried(f: () => unknown): string {
  try {
    return String(f())
  } catch (error) {
    return name(error)
  }
}

class Command implements fc.AsyncCommand<Rules, World> {
  readonly name: string
  readonly i: number
  readonly n: number
  readonly rules: (rules: Rules, i: number) => unknown
  readonly world: (world: World, i: number) => unknown

  constructor(name: string, i: number, n: number, rules: Command['rules'], world: Command['world']) {
    this.name = name
    this.i = i
    this.n = n
    this.rules = rules
    this.world = world
  }

  check(rules: Readonly<Rules>): boolean {
    return rules.all.length > 0 || this.name === 'new'
  }

  async run(rules: Rules, world: World): Promise<void> {
    const i = rules.all.length === 0 ? 0 : this.i % rules.all.length
    const rule = rules.all[i]
    const before = { done: rule?.done ?? false, settled: rule?.settled ?? false }
    count(`${this.name}${rule === undefined || this.name === 'new' ? '' : ` ${rule.state}`}`)
    expect(this.world(world, i)).toEqual(this.rules(rules, i))
    if (rule !== undefined) rules.changed(i, before)
    for (let k = 0; k < 6; k++) await undefined
    expect(world.log).toEqual(rules.log)
    expect(world.gave).toEqual(rules.waits.map(({ gave }) => gave))
    for (const [k, future] of world.all.entries()) {
      const { state, done } = rules.all[k]!
      const cancelled = state.startsWith('CANCELLED')
      expect([future.state, future.done, future.cancelled, future.running]).toEqual([
        state,
        done,
        cancelled,
        state === 'RUNNING',
      ])
      const outcome = await future.result({ timeout: 0 }).then((value) => `value ${value}`, name)
      expect(outcome === 'TimeoutError' ? 'pending' : outcome).toBe(rules.all[k]!.outcome())
      const kept = future._watches !== null
      const wanted = rules.waits.some(({ gave, of }) => gave === undefined && of.includes(k))
      // Where all must be done, one is watched at a time, so that not each that is wanted is watched.
      if (kept) expect(wanted && !rules.all[k]!.settled).toBe(true)
    }
    const completed: number[] = []
    const settled = world.all.filter((_, k) => rules.all[k]!.settled)
    for (const source = asCompleted(settled); ;) {
      const step = await source.next()
      if (step.done) break
      completed.push(world.all.indexOf(step.value))
    }
    expect(new Set(completed)).toEqual(new Set(rules.completed))
    expect(completed).toHaveLength(rules.completed.length)
  }

  toString(): string {
    return `${this.name} ${this.i} ${this.n}`
  }
}

const on = (
  verb: string,
  rules: (rules: Rules, i: number, n: number) => unknown,
  world: (world: World, i: number, n: number) => unknown,
): fc.Arbitrary<Command> =>
  fc.tuple(fc.nat(20), fc.nat(9)).map(
    ([i, n]) =>
      new Command(
        verb,
        i,
        n,
        (r, k) => rules(r, k, n),
        (w, k) => world(w, k, n),
      ),
  )

const some = (n: number, length: number): number[] => [n % length, (n * 7 + 1) % length, (n * 3 + 2) % length]

const waiting = (when: When): fc.Arbitrary<Command> =>
  on(
    `wait ${when}`,
    (rules, _, n) => {
      const each: Waiting = { when, of: some(n, rules.all.length), gave: undefined }
      rules.waits.push(each)
      rules.look(each)
    },
    (world, _, n) => {
      const place = world.gave.push(undefined) - 1
      const of = some(n, world.all.length)
      const future = wait(
        of.map((k) => world.all[k]!),
        { returnWhen: when },
      ).start()
      future.addDoneCallback(() => {
        const { done } = future.poll() as { done: Set<Future<number>> }
        world.gave[place] = [...new Set(of)].filter((k) => done.has(world.all[k]!)).join()
      })
    },
  )

const ended = (rule: Rule, f: () => void): string => {
  if (rule.done) return 'InvalidStateError'
  f()
  rule.state = 'FINISHED'
  return 'undefined'
}

const commands = [
  fc.constant(
    new Command(
      'new',
      0,
      0,
      (rules) => void rules.all.push(new Rule()),
      (world) => void world.all.push(new Future()),
    ),
  ),
  on(
    'cancel',
    (rules, i) => {
      const rule = rules.all[i]!
      if (rule.state === 'PENDING') rule.state = 'CANCELLED'
      return rule.state.startsWith('CANCELLED')
    },
    (world, i) => world.all[i]!.cancel(),
  ),
  on(
    'setRunningOrNotifyCancel',
    (rules, i) => {
      const rule = rules.all[i]!
      const next = { PENDING: 'RUNNING', CANCELLED: 'CANCELLED_AND_NOTIFIED' } as Partial<
        Record<State, State>
      >
      const to = next[rule.state]
      if (to === undefined) return 'InvalidStateError'
      rule.state = to
      return String(to === 'RUNNING')
    },
    (world, i) => tried(() => world.all[i]!.setRunningOrNotifyCancel()),
  ),
  on(
    'setResult',
    (rules, i, n) => ended(rules.all[i]!, () => (rules.all[i]!.value = n)),
    (world, i, n) => tried(() => world.all[i]!.setResult(n)),
  ),
  on(
    'setException',
    (rules, i, n) => ended(rules.all[i]!, () => (rules.all[i]!.error = n)),
    (world, i, n) => tried(() => world.all[i]!.setException(n)),
  ),
  on(
    'addDoneCallback',
    (rules, i) => {
      const id = `#${rules.callbacks++}`
      if (rules.all[i]!.done) rules.log.push(`${id} ${rules.all[i]!.state}`)
      else rules.all[i]!.callbacks.push(id)
    },
    (world, i) => {
      const id = `#${world.callbacks++}`
      world.all[i]!.addDoneCallback(({ state }) => void world.log.push(`${id} ${state}`))
    },
  ),
  waiting('ALL_COMPLETED'),
  waiting('FIRST_COMPLETED'),
  waiting('FIRST_EXCEPTION'),
]

beforeAll(() => void setUnhandledExceptionHook(() => undefined))

test('Future keeps the rules', async () => {
  await fc.assert(
    fc.asyncProperty(fc.commands(commands, { maxCommands: 50, size: 'max' }), async (list) => {
      await fc.asyncModelRun(() => ({ model: new Rules(), real: new World() }), list)
    }),
    { numRuns: 1000 },
  )
  const coverage = [...counts].sort(([a], [b]) => a.localeCompare(b))
  console.log(`Future, commands run: ${coverage.map(([each, times]) => `${each} ${times}`).join(', ')}`)
  const states = ['PENDING', 'RUNNING', 'CANCELLED', 'CANCELLED_AND_NOTIFIED', 'FINISHED']
  const verbs = ['cancel', 'setRunningOrNotifyCancel', 'setResult', 'setException', 'addDoneCallback']
  for (const verb of verbs)
    for (const state of states) expect(counts.get(`${verb} ${state}`)).toBeGreaterThan(0)
  expect(coverage.filter(([each]) => each.startsWith('wait'))).not.toEqual([])
})
