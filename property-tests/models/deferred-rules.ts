/** Twisted's rules for a Deferred, written down plainly: recursive, with an array of callbacks, and slow. */

/** What a callback of the model does. */
export type Action =
  | { readonly do: 'value'; readonly n: number }
  | { readonly do: 'throw'; readonly n: number }
  | { readonly do: 'failure'; readonly n: number }
  | { readonly do: 'pass' }
  | { readonly do: 'return'; readonly j: number }
  | { readonly do: 'add'; readonly next: Action }
  | { readonly do: 'fire'; readonly j: number; readonly n: number }
  | { readonly do: 'cancel'; readonly j: number }
  | { readonly do: 'pause' }

/** What a canceller does: there is none, it does nothing, it fires with a value or with an error. */
export type Canceller = 'none' | 'silent' | 'value' | 'error'

/** A value, or an error by its name or message. */
export interface Plain {
  readonly failed: boolean
  readonly value: number | string | undefined
}

export interface Callback {
  readonly id: number
  readonly action: Action
}

type Item =
  | { readonly onValue: Callback | undefined; readonly onFailure: Callback | undefined }
  | { readonly hand: Rule }
  | { readonly fire: Rule }

export interface Rule {
  readonly id: number
  readonly canceller: Canceller
  called: boolean
  eats: boolean
  running: boolean
  pauses: number
  inner: Rule | undefined
  outcome: Plain
  items: Item[]
}

class Thrown extends Error {
  readonly plain: Plain
  constructor(value: string) {
    super(value)
    this.plain = { failed: true, value }
  }
}

const nothing: Plain = { failed: false, value: undefined }

/** A world of Deferreds. */
export class Rules {
  readonly all: Rule[] = []
  readonly log: string[] = []
  private added = 0

  make(canceller: Canceller): void {
    const rule: Rule = {
      id: this.all.length,
      canceller,
      called: false,
      eats: false,
      running: false,
      pauses: 0,
      inner: undefined,
      outcome: nothing,
      items: [],
    }
    this.all.push(rule)
  }

  /** Numbers the callbacks as they are added. */
  callback(action: Action): Callback {
    return { id: this.added++, action }
  }

  add(rule: Rule, onValue: Callback | undefined, onFailure: Callback | undefined): void {
    rule.items.push({ onValue, onFailure })
    this.run(rule)
  }

  chain(rule: Rule, other: Rule): void {
    rule.items.push({ fire: other })
    this.run(rule)
  }

  /** `false`: AlreadyCalledError. */
  fire(rule: Rule, outcome: Plain): boolean {
    const begun = this.begin(rule, outcome)
    if (begun === 'fired') this.run(rule)
    return begun !== 'too late'
  }

  private begin(rule: Rule, outcome: Plain): 'fired' | 'eaten' | 'too late' {
    if (rule.called) {
      if (!rule.eats) return 'too late'
      rule.eats = false
      return 'eaten'
    }
    rule.called = true
    rule.outcome = outcome
    return 'fired'
  }

  pause(rule: Rule): void {
    rule.pauses++
  }

  /** `false`: there was no pause. */
  unpause(rule: Rule): boolean {
    if (rule.pauses === 0) return false
    rule.pauses--
    this.run(rule)
    return true
  }

  cancel(rule: Rule, seen: Set<Rule> = new Set()): void {
    if (rule.called) {
      if (rule.inner !== undefined && !seen.has(rule)) this.cancel(rule.inner, seen.add(rule))
      return
    }
    if (rule.canceller === 'none') rule.eats = true
    if (rule.canceller === 'value') this.fire(rule, { failed: false, value: -1 })
    if (rule.canceller === 'error') this.fire(rule, { failed: true, value: 'canceller' })
    if (!rule.called) this.fire(rule, { failed: true, value: 'CancelledError' })
  }

  private settled(rule: Rule): boolean {
    return (
      rule.called && !rule.running && rule.inner === undefined && rule.pauses === 0 && rule.items.length === 0
    )
  }

  private run(rule: Rule): void {
    while (rule.called && !rule.running && rule.inner === undefined && rule.pauses === 0) {
      const item = rule.items.shift()
      if (item === undefined) return
      if ('hand' in item) {
        const { hand } = item
        hand.outcome = rule.outcome
        hand.inner = undefined
        rule.outcome = nothing
        this.run(hand)
      } else if ('fire' in item) {
        const { outcome } = rule
        rule.outcome = nothing
        const begun = this.begin(item.fire, outcome)
        if (begun === 'fired') this.run(item.fire)
        if (begun === 'too late') rule.outcome = { failed: true, value: 'AlreadyCalledError' }
      } else {
        const callback = rule.outcome.failed ? item.onFailure : item.onValue
        if (callback !== undefined) this.call(rule, callback)
      }
    }
  }

  private call(rule: Rule, callback: Callback): void {
    this.log.push(
      `${rule.id}#${callback.id} ${rule.outcome.failed ? 'failure' : 'value'} ${rule.outcome.value}`,
    )
    rule.running = true
    let given: Plain | Rule
    try {
      given = this.act(rule, callback.action)
    } catch (error) {
      given = (error as Thrown).plain
    }
    rule.running = false
    if (!('id' in given)) rule.outcome = given
    else if (given === rule) rule.outcome = { failed: true, value: 'TypeError' }
    else if (this.settled(given)) {
      rule.outcome = given.outcome
      given.outcome = nothing
    } else {
      rule.inner = given
      rule.outcome = nothing
      given.items.push({ hand: rule })
      this.run(given)
    }
  }

  private act(rule: Rule, action: Action): Plain | Rule {
    switch (action.do) {
      case 'value':
        return { failed: false, value: action.n }
      case 'throw':
        throw new Thrown(`e${action.n}`)
      case 'failure':
        return { failed: true, value: `e${action.n}` }
      case 'pass':
        return rule.outcome
      case 'return':
        return this.all[action.j % this.all.length]!
      case 'add': {
        const added = this.callback(action.next)
        this.add(rule, added, added)
        return nothing
      }
      case 'fire':
        if (!this.fire(this.all[action.j % this.all.length]!, { failed: false, value: action.n }))
          throw new Thrown('AlreadyCalledError')
        return nothing
      case 'cancel':
        this.cancel(this.all[action.j % this.all.length]!)
        return nothing
      case 'pause':
        this.pause(rule)
        return nothing
    }
  }
}
