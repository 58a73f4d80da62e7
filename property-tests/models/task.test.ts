/** A tree of tasks against a plain tree: who ends how, who is cancelled with whom, who waits for whose end. */
import { expect, test } from 'vitest'
import { Queue, Scheduler, shield, spawn, type Task, type TaskState } from '../../src/index.ts'
import { checkModel, type Step } from './steps.ts'

type Message = 'spawn' | 'return' | 'throw' | 'shield' | 'unshield' | 'cancel itself'

/** What the plain tree knows of a task. */
interface Plain {
  readonly parent: Plain | undefined
  readonly children: Plain[]
  readonly mail: Queue<Message>
  state: TaskState
  /** How it will have ended when its children have. */
  ends: TaskState
  shielded: boolean
  cancelled: boolean
  task: Task<void> | undefined
}

class Tree {
  readonly all: Plain[] = []
  readonly failures: unknown[] = []
  readonly scheduler: Scheduler = new Scheduler({
    manual: true,
    onFailure: (error) => void this.failures.push(error),
  })
  expectedFailures = 0

  constructor() {
    this.add(undefined).task = this.scheduler.spawn(() => this.body(this.all[0]!))
    this.settle()
  }

  settle(): void {
    this.scheduler.runUntilIdle()
  }

  add(parent: Plain | undefined): Plain {
    const plain: Plain = {
      parent,
      children: [],
      mail: new Queue(),
      state: 'waiting',
      ends: 'done',
      shielded: false,
      cancelled: false,
      task: undefined,
    }
    parent?.children.push(plain)
    this.all.push(plain)
    return plain
  }

  *body(self: Plain): Generator<any, void> {
    for (;;) {
      const message = yield* self.mail.get()
      if (message === 'return') return
      if (message === 'throw') throw new Error('told so')
      if (message === 'cancel itself') self.task!.cancel()
      if (message === 'spawn') this.begin(self)
      if (message === 'shield') yield* shield(() => this.shielded(self))
    }
  }

  *shielded(self: Plain): Generator<any, void> {
    for (;;) {
      const message = yield* self.mail.get()
      if (message === 'unshield') return
      if (message === 'cancel itself') self.task!.cancel()
      if (message === 'spawn') this.begin(self)
    }
  }

  begin(parent: Plain): void {
    const child = this.all.find((each) => each.parent === parent && each.task === undefined)!
    child.task = spawn(() => this.body(child))
  }

  // The plain side.

  end(plain: Plain, how: TaskState): void {
    plain.ends = how
    plain.state = 'ending'
    for (const child of plain.children) this.cancel(child)
    this.settled(plain)
  }

  cancel(plain: Plain): void {
    if (plain.state !== 'waiting') return
    plain.cancelled = true
    if (!plain.shielded) this.end(plain, 'cancelled')
  }

  settled(plain: Plain): void {
    if (
      plain.state !== 'ending' ||
      plain.children.some(({ state }) => state === 'waiting' || state === 'ending')
    )
      return
    plain.state = plain.ends
    if (plain.ends === 'failed') this.expectedFailures++
    if (plain.parent !== undefined) this.settled(plain.parent)
  }

  /** The root is left alone until there is a tree. */
  isYoung(plain: Plain): boolean {
    return plain === this.all[0] && this.all.length < 6
  }

  pick(argument: number): Plain {
    return this.all[Math.floor((argument / 8) * this.all.length)]!
  }
}

const tell =
  (message: Message, then: (tree: Tree, plain: Plain) => void): Step<Tree> =>
  (tree, argument) => {
    const plain = tree.pick(argument)
    if (plain.state !== 'waiting' || (message !== 'spawn' && tree.isYoung(plain))) return undefined
    if (plain.shielded && (message === 'return' || message === 'throw' || message === 'shield'))
      return undefined
    if (!plain.shielded && message === 'unshield') return undefined
    const name = `${message}${plain.shielded ? ', shielded' : ''}`
    then(tree, plain)
    plain.mail.tryPut(message)
    tree.settle()
    return name
  }

const commands: Record<string, Step<Tree>> = {
  spawn: tell('spawn', (tree, plain) => void tree.add(plain)),
  return: tell('return', (tree, plain) => tree.end(plain, 'done')),
  throw: tell('throw', (tree, plain) => tree.end(plain, 'failed')),
  shield: tell('shield', (_, plain) => (plain.shielded = true)),
  unshield: tell('unshield', (tree, plain) => {
    plain.shielded = false
    if (plain.cancelled) tree.end(plain, 'cancelled')
  }),
  'cancel itself': tell('cancel itself', (tree, plain) => tree.cancel(plain)),
  cancel: (tree, argument) => {
    const plain = tree.pick(argument)
    if (tree.isYoung(plain)) return undefined
    const due = plain.state === 'waiting' && !plain.cancelled
    expect(plain.task!.cancel()).toBe(due)
    const name = `cancel ${plain.state}${plain.cancelled ? ' again' : plain.shielded ? ' shielded' : ''}`
    tree.cancel(plain)
    tree.settle()
    return name
  },
}
commands['spawn more'] = commands['spawn']!
commands['shield more'] = commands['shield']!
commands['spawn most'] = commands['spawn']!

test('a tree of tasks', async () => {
  const coverage = await checkModel(
    'tasks',
    () => new Tree(),
    commands,
    (tree) => {
      for (const { task, state } of tree.all) expect(task!.state).toBe(state)
      expect(tree.failures.length).toBe(tree.expectedFailures)
      const living = tree.all.filter(({ state }) => state === 'waiting' || state === 'ending')
      expect(tree.scheduler.size).toBe(living.length)
      expect(new Set(tree.scheduler.tasks())).toEqual(new Set(living.map(({ task }) => task)))
    },
  )
  for (const what of [
    'cancel ending',
    'cancel waiting again',
    'cancel waiting shielded',
    'unshield, shielded',
    'throw',
  ])
    expect(coverage.get(what) ?? 0, what).toBeGreaterThan(0)
})
