/** Deferred against a plain interpreter of Twisted's rules: after every command the two agree on all that can be seen. */
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { AlreadyCalledError, Deferred, Failure, setUnhandledFailureHook } from '../../src/deferred/index.ts'
import { type Action, type Canceller, Rules } from './deferred-rules.ts'

type Real = Deferred<any, any>

function plain(outcome: unknown): { failed: boolean; value: unknown } {
  if (!(outcome instanceof Failure)) return { failed: false, value: outcome }
  const error = outcome.value as Error
  return { failed: true, value: error.name === 'Error' ? error.message : error.name }
}

/** In which state a Deferred is that a callback returns. */
function stateOf(deferred: Real, on: Real): string {
  if (deferred === on) return 'itself'
  return `${deferred.called ? 'fired' : 'unfired'}${deferred.paused > 0 ? ' paused' : ''}`
}

/** The shipped Deferreds, driven as the model is. */
class World {
  readonly all: Real[] = []
  readonly log: string[] = []
  private added = 0

  make(canceller: Canceller): void {
    const cancellers: Record<Canceller, ((deferred: Real) => void) | undefined> = {
      none: undefined,
      silent: () => undefined,
      value: (deferred) => deferred.callback(-1),
      error: (deferred) => deferred.errback(new Error('canceller')),
    }
    this.all.push(new Deferred<any, any>(cancellers[canceller]))
  }

  callback(on: Real, action: Action): (outcome: unknown) => unknown {
    const id = this.added++
    return (outcome) => {
      const { failed, value } = plain(outcome)
      this.log.push(`${this.all.indexOf(on)}#${id} ${failed ? 'failure' : 'value'} ${String(value)}`)
      return this.act(on, action, outcome)
    }
  }

  private act(on: Real, action: Action, outcome: unknown): unknown {
    const at = (j: number): Real => this.all[j % this.all.length]!
    count(
      action.do === 'return' ? `a callback: return ${stateOf(at(action.j), on)}` : `a callback: ${action.do}`,
    )
    switch (action.do) {
      case 'value':
        return action.n
      case 'throw':
        throw new Error(`e${action.n}`)
      case 'failure':
        return new Failure(new Error(`e${action.n}`))
      case 'pass':
        return outcome
      case 'return':
        return at(action.j)
      case 'add':
        on.addBoth(this.callback(on, action.next))
        return undefined
      case 'fire':
        at(action.j).callback(action.n)
        return undefined
      case 'cancel':
        at(action.j).cancel()
        return undefined
      case 'pause':
        on.pause()
        return undefined
    }
  }
}

const counts = new Map<string, number>()

function count(name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

/** One command; `f` gives what is seen of it in both worlds. */
class Command implements fc.Command<Rules, World> {
  readonly name: string
  readonly text: string
  readonly rules: (rules: Rules) => unknown
  readonly world: (world: World) => unknown

  constructor(
    name: string,
    detail: unknown,
    rules: (rules: Rules) => unknown,
    world: (world: World) => unknown,
  ) {
    this.name = name
    this.text = `${name} ${JSON.stringify(detail)}`
    this.rules = rules
    this.world = world
  }

  check(rules: Readonly<Rules>): boolean {
    return rules.all.length > 0 || this.name === 'new'
  }

  run(rules: Rules, world: World): void {
    count(this.name)
    expect(this.world(world)).toEqual(this.rules(rules))
    expect(world.log).toEqual(rules.log)
    expect(world.all.map((each) => [each.called, each.paused])).toEqual(
      rules.all.map((each) => [each.called, each.pauses + (each.inner === undefined ? 0 : 1)]),
    )
  }

  toString(): string {
    return this.text
  }
}

/** Whether it did not throw what it throws on misuse. */
function well(f: () => void): boolean {
  try {
    f()
    return true
  } catch (error) {
    if (error instanceof AlreadyCalledError || error instanceof RangeError) return false
    throw error
  }
}

const index = fc.nat({ max: 11 })
const number = fc.nat({ max: 9 })
const { action } = fc.letrec<{ action: Action }>((tie) => ({
  action: fc.oneof(
    { depthSize: 'small' },
    fc.record({ do: fc.constant('value' as const), n: number }),
    fc.record({ do: fc.constant('throw' as const), n: number }),
    fc.record({ do: fc.constant('failure' as const), n: number }),
    fc.record({ do: fc.constant('pass' as const) }),
    fc.record({ do: fc.constant('return' as const), j: index }),
    fc.record({ do: fc.constant('return' as const), j: index }),
    fc.record({ do: fc.constant('add' as const), next: tie('action') }),
    fc.record({ do: fc.constant('fire' as const), j: index, n: number }),
    fc.record({ do: fc.constant('cancel' as const), j: index }),
    fc.record({ do: fc.constant('pause' as const) }),
  ),
}))

function adding(name: 'addCallback' | 'addErrback' | 'addBoth'): fc.Arbitrary<Command> {
  return fc.tuple(index, action).map(
    ([i, what]) =>
      new Command(
        name,
        [i, what],
        (rules) => {
          const callback = rules.callback(what)
          rules.add(
            rules.all[i % rules.all.length]!,
            name === 'addErrback' ? undefined : callback,
            name === 'addCallback' ? undefined : callback,
          )
        },
        (world) => {
          const deferred = world.all[i % world.all.length]!
          expect(deferred[name](world.callback(deferred, what)) === deferred).toBe(true)
        },
      ),
  )
}

function on(
  name: string,
  rules: (rules: Rules, i: number, n: number) => unknown,
  world: (deferred: Real, n: number, world: World) => unknown,
): fc.Arbitrary<Command> {
  return fc.tuple(index, number).map(
    ([i, n]) =>
      new Command(
        name,
        [i, n],
        (all) => rules(all, i % all.all.length, n),
        (all) => world(all.all[i % all.all.length]!, n, all),
      ),
  )
}

const commands: fc.Arbitrary<Command>[] = [
  fc.constantFrom<Canceller>('none', 'none', 'silent', 'value', 'error').map(
    (canceller) =>
      new Command(
        'new',
        canceller,
        (rules) => rules.make(canceller),
        (world) => world.make(canceller),
      ),
  ),
  adding('addCallback'),
  adding('addErrback'),
  adding('addBoth'),
  fc.tuple(index, action, action).map(
    ([i, good, bad]) =>
      new Command(
        'addCallbacks',
        [i, good, bad],
        (rules) => rules.add(rules.all[i % rules.all.length]!, rules.callback(good), rules.callback(bad)),
        (world) => {
          const deferred = world.all[i % world.all.length]!
          deferred.addCallbacks(world.callback(deferred, good), world.callback(deferred, bad))
        },
      ),
  ),
  fc.tuple(index, index).map(
    ([i, j]) =>
      new Command(
        'chainDeferred',
        [i, j],
        (rules) => rules.chain(rules.all[i % rules.all.length]!, rules.all[j % rules.all.length]!),
        (world) => void world.all[i % world.all.length]!.chainDeferred(world.all[j % world.all.length]!),
      ),
  ),
  // One Deferred after another waits for the next: a nest of them.
  fc.nat({ max: 5 }).map(
    (depth) =>
      new Command(
        'nest',
        depth,
        (rules) => {
          for (let k = 0; k < depth; k++) {
            const { length } = rules.all
            rules.make('none')
            rules.add(rules.all[length]!, rules.callback({ do: 'return', j: length - 1 }), undefined)
            rules.fire(rules.all[length]!, { failed: false, value: 0 })
          }
        },
        (world) => {
          for (let k = 0; k < depth; k++) {
            const { length } = world.all
            world.make('none')
            const deferred = world.all[length]!
            deferred.addCallback(world.callback(deferred, { do: 'return', j: length - 1 }))
            deferred.callback(0)
          }
        },
      ),
  ),
  on(
    'callback',
    (rules, i, n) => rules.fire(rules.all[i]!, { failed: false, value: n }),
    (deferred, n) => well(() => deferred.callback(n)),
  ),
  on(
    'errback',
    (rules, i, n) => rules.fire(rules.all[i]!, { failed: true, value: `e${n}` }),
    (deferred, n) => well(() => deferred.errback(new Error(`e${n}`))),
  ),
  on(
    'pause',
    (rules, i) => rules.pause(rules.all[i]!),
    (deferred) => deferred.pause(),
  ),
  on(
    'unpause',
    (rules, i) => rules.unpause(rules.all[i]!),
    (deferred) => well(() => deferred.unpause()),
  ),
  on(
    'cancel',
    (rules, i) => rules.cancel(rules.all[i]!),
    (deferred) => deferred.cancel(),
  ),
]

beforeAll(() => void setUnhandledFailureHook(() => undefined))

test('Deferred keeps the rules', () => {
  fc.assert(
    fc.property(fc.commands(commands, { maxCommands: 50, size: 'max' }), (list) => {
      fc.modelRun(() => ({ model: new Rules(), real: new World() }), list)
    }),
    { numRuns: 2000 },
  )
  const coverage = [...counts].sort(([a], [b]) => a.localeCompare(b))
  console.log(`Deferred, commands run: ${coverage.map(([name, count]) => `${name} ${count}`).join(', ')}`)
  const callbacks = ['add', 'cancel', 'failure', 'fire', 'pass', 'pause', 'throw', 'value']
  const returned = ['fired', 'fired paused', 'itself', 'unfired', 'unfired paused']
  expect(coverage.map(([name]) => name).sort()).toEqual(
    [
      ...[
        'addBoth',
        'addCallback',
        'addCallbacks',
        'addErrback',
        'callback',
        'cancel',
        'chainDeferred',
        'errback',
      ],
      ...['nest', 'new', 'pause', 'unpause'],
      ...callbacks.map((name) => `a callback: ${name}`),
      ...returned.map((state) => `a callback: return ${state}`),
    ].sort(),
  )
})
