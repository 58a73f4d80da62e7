/** Worker threads that do rounds, are killed and replaced; and the watchdog, which never tries again. */
import { existsSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { type Handle, type Inspection, Lock } from '../../../src/index.ts'
import { PERIOD } from '../../../src/wait/net.ts'
import { DOING, DOOMED, FAULTS, PROGRESS, SIZE, THREADS, USERS } from '../programs/words.mjs'

export type Mode = 'block' | 'loop' | 'mixed'

/** What `inspect()` of this thread gives. */
export interface Inspectable {
  inspect(): Inspection
}

/** What one thread is told. */
export interface Order {
  readonly play: string
  readonly seed: number
  readonly mode: Mode
  readonly rounds: number
  readonly handles: readonly Handle[]
  readonly more?: unknown
}

interface Answer {
  readonly ready?: true
  readonly done?: true
  readonly error?: string
  readonly dump?: readonly Inspection[]
}

/** So long may nobody make a step. */
const PATIENCE = 20_000

class Actor {
  readonly worker: Worker
  readonly ready: Promise<void>
  answered: (answer: Answer) => void = () => {}

  constructor() {
    this.worker = new Worker(new URL('../programs/actor.mjs', import.meta.url), {
      workerData: { period: PERIOD },
    })
    this.ready = new Promise((resolve, reject) => {
      this.worker.on('error', (error) => {
        reject(error)
        this.answered({ error: String(error) })
      })
      this.worker.on('message', (answer: Answer) => {
        if (answer.ready) resolve()
        else this.answered(answer)
      })
    })
    this.ready.catch(() => {})
  }
}

/** Threads for one round after the other. */
export class Crew {
  private readonly spare: Actor[] = []

  constructor() {
    if (!existsSync(new URL('../../../dist/index.js', import.meta.url)))
      throw new Error('dist is missing: run `npm run build` first')
    // The runtime tells only of the deaths of workers that are started after this thread has a seat at the table. Of
    // others the safety net would tell, which the programs are without.
    void new Lock().handle
  }

  /** Begins a round; threads are enlisted one by one. */
  begin(title: string): Round {
    return new Round(this, title)
  }

  async take(): Promise<Actor> {
    const actor = this.spare.pop() ?? new Actor()
    await actor.ready
    return actor
  }

  giveBack(actor: Actor): void {
    actor.answered = () => {}
    this.spare.push(actor)
  }

  async end(): Promise<void> {
    await Promise.all(this.spare.splice(0).map(({ worker }) => worker.terminate()))
  }
}

interface Member {
  readonly actor: Actor
  readonly mode: Mode
  state: 'works' | 'done' | 'dead'
  error: string | undefined
  dump: string
}

/** One round: its words, its threads, and what has become of them. */
export class Round {
  readonly words: Int32Array = new Int32Array(new SharedArrayBuffer(4 * SIZE))
  readonly members: Member[] = []
  private readonly crew: Crew
  private readonly title: string
  /** What the threads share, for the dump. */
  primitives: readonly Inspectable[] = []
  private steps = -1
  private since = Date.now()

  constructor(crew: Crew, title: string) {
    this.crew = crew
    this.title = title
  }

  /** Adds a thread. */
  async enlist(mode: Mode): Promise<void> {
    const actor = await this.crew.take()
    this.members.push({ actor, mode, state: 'done', error: undefined, dump: '' })
  }

  /** Tells a thread what to do. */
  order(me: number, order: Order): void {
    const member = this.members[me]!
    member.state = 'works'
    member.actor.answered = ({ error, dump }) => {
      if (dump !== undefined) {
        member.dump = JSON.stringify(dump)
        return
      }
      member.state = member.state === 'dead' ? 'dead' : 'done'
      if (member.state === 'done' && error !== undefined) member.error = error
    }
    member.actor.worker.postMessage({ ...order, me, words: this.words })
  }

  get living(): number[] {
    return this.members.flatMap(({ state }, me) => (state === 'dead' ? [] : [me]))
  }

  /** Steps that were made, in all threads. */
  progress(): number {
    let steps = 0
    for (let me = 0; me < THREADS; me++) steps += Atomics.load(this.words, PROGRESS + me)
    return steps
  }

  /** Whether every living thread has done what it was told. */
  done(): boolean {
    return this.members.every(({ state }) => state !== 'works')
  }

  /** Lets the loop turn until `condition`. Throws for a fault, and when nobody makes a step for too long. */
  async until(what: string, condition: () => boolean): Promise<void> {
    this.since = Date.now()
    while (!condition()) {
      await new Promise<void>((turned) => void setImmediate(turned))
      this.check()
      const steps = this.progress()
      if (steps !== this.steps) {
        this.steps = steps
        this.since = Date.now()
      } else if (Date.now() - this.since > PATIENCE) await this.stuck(what)
    }
    this.check()
  }

  check(): void {
    const error = this.members.find((member) => member.error !== undefined)?.error
    if (error !== undefined || Atomics.load(this.words, FAULTS) !== 0)
      throw new Error(`${this.title}: ${error ?? 'a fault in a thread that is dead'}`)
  }

  /** Kills a thread where it stands. */
  async kill(me: number): Promise<void> {
    const member = this.members[me]!
    Atomics.store(this.words, DOOMED + me, 1)
    member.state = 'dead'
    await member.actor.worker.terminate()
  }

  /** The threads go back, for the next round; those that are not done are killed. */
  async end(): Promise<void> {
    for (const { actor, state } of this.members)
      if (state === 'done') this.crew.giveBack(actor)
      else if (state === 'works') await actor.worker.terminate()
  }

  private async stuck(what: string): Promise<never> {
    for (const { actor, state } of this.members)
      if (state !== 'dead') actor.worker.postMessage({ dump: true, handles: [] })
    await new Promise((done) => setTimeout(done, 1000))
    const lines = this.members.map(({ state, mode, dump }, me) => {
      const doing = [...this.words.slice(DOING + me * USERS + 1, DOING + me * USERS + 4)].join(' ')
      return `  thread ${me}, ${mode}, ${state}, does ${doing}: ${dump || 'no answer: it sleeps in block(), or is dead'}`
    })
    throw new Error(
      [
        `${this.title}: stuck, waiting until ${what}`,
        `  here: ${JSON.stringify(this.primitives.map((primitive) => primitive.inspect()))}`,
        ...lines,
        `  words: ${this.words.join(' ')}`,
      ].join('\n'),
    )
  }
}
