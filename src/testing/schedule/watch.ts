/**
 * What each step touches, for leaving out schedules that differ only in the order of independent steps.
 *
 * Objects are observed where they are, so that who has them already is observed too: fields become accessors, methods are
 * wrapped. Arrays, maps and sets cannot be; a proxy stands in for them wherever an observed object leads to them.
 *
 *   plain objects, objects of the program's classes   each field on its own; a method that is called as a write
 *   arrays, maps, sets                                as a whole, reads and writes apart
 *   primitives, futures                               as a whole; what leads on to their state is a write
 *   tasks                                             as a whole; whatever is done with them is a write
 *   the clock                                         as a whole; reading the time is a read
 *
 * Where it cannot see, it says so, and the step counts as one that touches anything: a field that is added or taken away,
 * an object that cannot be observed. An object gets its name when it first becomes reachable, so that at each point of a
 * schedule it has the same name however the run goes on.
 */
import { Operation, type Task } from '../../index.ts'
import type { VirtualClock } from '../virtual-clock.ts'
import type { Touched } from './moves.ts'

const ROTATION = Symbol.for('heddle.choose.1')

/** Methods of arrays that change nothing and compare by identity: they run on the array itself. */
const SEARCHES = new Set<PropertyKey>(['indexOf', 'lastIndexOf', 'includes'])
const CHANGES = new Set<PropertyKey>([
  'push',
  'pop',
  'shift',
  'unshift',
  'splice',
  'sort',
  'reverse',
  'fill',
  'copyWithin',
])
/** By what others learn of a task, and change it. */
const OF_TASKS = new Set<PropertyKey>([
  'poll',
  'park',
  'unpark',
  'cancel',
  'children',
  'resume',
  'state',
  'done',
  'cancelling',
  'signal',
  '_request',
])
const READS = new Set<PropertyKey>([
  'get',
  'has',
  'size',
  'keys',
  'values',
  'entries',
  'forEach',
  Symbol.iterator,
])

type Any = Record<PropertyKey, any>

export class Watch {
  private touched: Map<string, boolean> | undefined
  private last: Touched = undefined
  /** Whether something is out of sight: in this step, or for good. */
  private blind = false
  private lost = false
  private count = 0
  private readonly names = new WeakMap<object, string>()
  private readonly proxies = new WeakMap<object, object>()
  private readonly originals = new WeakMap<object, object>()
  /** The objects whose fields are observed, with those. */
  private readonly fields = new Map<Any, Set<PropertyKey>>()

  /** Observes a value and all that it leads to; gives what is to stand in its place. */
  observe<T>(value: T): T {
    if (typeof value !== 'object' || value === null) return value
    if (this.names.has(value) || this.originals.has(value)) return (this.proxies.get(value) as T) ?? value
    const name = `object ${++this.count}`
    this.names.set(value, name)
    if (Array.isArray(value)) return this.stand(value, this.arrayHandler(name)) as T
    if (value instanceof Map || value instanceof Set)
      return this.stand(value, this.collectionHandler(name)) as unknown as T
    if (isPrimitive(value)) this.observePrimitive(value as Any, name)
    else if (isOpaque(value)) this.lost = true
    else this.observeFields(value as Any, name)
    return value
  }

  /** Observes a task, and counts from its steps what they touch. */
  observeTask(task: Task<any>, key: string): void {
    const name = `task ${key}`
    this.names.set(task, name)
    this.wrapMethods(task as unknown as Any, name, OF_TASKS)
    const take = (): void => Object.getPrototypeOf(task)._step.call(task)
    const step = (): void => {
      const rotation = (globalThis as Any)[ROTATION] as { turn: number } | undefined
      const turn = rotation?.turn
      this.touched = new Map([[name, true]])
      this.blind = false
      try {
        take()
      } finally {
        if (rotation?.turn !== turn || (globalThis as Any)[ROTATION] !== rotation)
          this.touch('rotation', true)
        if (task.done && task.parent !== undefined) this.touch(this.names.get(task.parent) ?? 'task', true)
        this.refresh()
        this.last = this.blind || this.lost ? undefined : this.touched
        this.touched = undefined
      }
    }
    Object.defineProperty(task, '_step', { value: step, configurable: true })
  }

  observeClock(clock: VirtualClock): void {
    const own = clock as unknown as Any
    for (const method of ['now', 'after', 'cancel'] as const) {
      const call = own[method] as (...args: unknown[]) => unknown
      own[method] = (...args: unknown[]) => {
        this.touch('clock', method !== 'now')
        return call.apply(clock, args)
      }
    }
  }

  /** What the last step of a task touched. */
  taken(): Touched {
    return this.last
  }

  private touch(name: string, writes: boolean): void {
    if (this.touched !== undefined && this.touched.get(name) !== true) this.touched.set(name, writes)
  }

  /** Looks for fields that came or went. */
  private refresh(): void {
    for (const [object, known] of this.fields) {
      const keys = Reflect.ownKeys(object)
      const fresh = keys.filter((key) => !known.has(key))
      if (fresh.length === 0 && keys.length === known.size) continue
      this.blind = true
      known.clear()
      for (const key of keys) known.add(key)
      for (const key of fresh) this.observeField(object, key, this.names.get(object)!)
    }
  }

  private observeFields(object: Any, name: string): void {
    const methods = this.wrapMethods(object, name)
    for (const key of Reflect.ownKeys(object)) if (!methods.has(key)) this.observeField(object, key, name)
    this.fields.set(object, new Set(Reflect.ownKeys(object)))
  }

  private observeField(object: Any, key: PropertyKey, name: string): void {
    const descriptor = Object.getOwnPropertyDescriptor(object, key)!
    if (!descriptor.configurable || !('value' in descriptor)) {
      this.lost = true
      return
    }
    const field = `${name}.${String(key)}`
    let value: unknown = this.observe(descriptor.value)
    Object.defineProperty(object, key, {
      enumerable: descriptor.enumerable === true,
      configurable: true,
      get: () => {
        this.touch(field, false)
        return value
      },
      set: (next: unknown) => {
        this.touch(field, true)
        value = this.observe(next)
      },
    })
  }

  /** As a whole; reading a field that leads to further state counts as a write to it. */
  private observePrimitive(object: Any, name: string): void {
    for (const key of Reflect.ownKeys(object)) {
      const descriptor = Object.getOwnPropertyDescriptor(object, key)!
      if (!descriptor.configurable || !('value' in descriptor)) {
        this.lost = true
        continue
      }
      let value: unknown = descriptor.value
      if (isPrimitive(value)) this.observe(value)
      Object.defineProperty(object, key, {
        enumerable: descriptor.enumerable === true,
        configurable: true,
        get: () => {
          this.touch(name, typeof value === 'object' && value !== null)
          return value
        },
        set: (next: unknown) => {
          this.touch(name, true)
          value = next
        },
      })
    }
  }

  /** Wraps the methods and accessors that an object has from its classes; gives their names. */
  private wrapMethods(object: Any, name: string, only?: ReadonlySet<PropertyKey>): Set<PropertyKey> {
    const wrapped = new Set<PropertyKey>()
    const touch = (): void => this.touch(name, true)
    for (let from = Object.getPrototypeOf(object); from !== null && from !== Object.prototype;) {
      for (const key of Reflect.ownKeys(from)) {
        if (key === 'constructor' || Object.hasOwn(object, key) || only?.has(key) === false) continue
        const descriptor = Object.getOwnPropertyDescriptor(from, key)!
        wrapped.add(key)
        for (const part of ['value', 'get', 'set'] as const) {
          const f: unknown = descriptor[part]
          if (typeof f === 'function') descriptor[part] = calling(touch, f as () => unknown)
        }
        Object.defineProperty(object, key, { ...descriptor, configurable: true })
      }
      from = Object.getPrototypeOf(from)
    }
    return wrapped
  }

  private stand<T extends object>(object: T, handler: ProxyHandler<T>): T {
    const proxy = new Proxy(object, handler)
    this.proxies.set(object, proxy)
    this.originals.set(proxy, object)
    if (Array.isArray(object)) for (const i of object.keys()) object[i] = this.raw(this.observe(object[i]))
    else if (object instanceof Map) for (const value of object.values()) this.observe(value)
    else if (object instanceof Set) for (const value of object) this.observe(value)
    return proxy
  }

  private raw<T>(value: T): T {
    return typeof value === 'object' && value !== null ? ((this.originals.get(value) as T) ?? value) : value
  }

  private arrayHandler(name: string): ProxyHandler<any[]> {
    return {
      get: (array, key, receiver) => {
        const value: unknown = Reflect.get(array, key, array)
        if (typeof value !== 'function') {
          this.touch(name, false)
          return this.observe(value)
        }
        // All others read through the proxy, element by element.
        if (!SEARCHES.has(key) && !CHANGES.has(key)) return value
        return (...args: unknown[]) => {
          this.touch(name, CHANGES.has(key))
          for (const arg of args) this.observe(arg)
          const result: unknown = value.apply(
            array,
            args.map((arg) => this.raw(arg)),
          )
          return result === array ? receiver : this.observe(result)
        }
      },
      has: (array, key) => {
        this.touch(name, false)
        return Reflect.has(array, key)
      },
      ownKeys: (array) => {
        this.touch(name, false)
        return Reflect.ownKeys(array)
      },
      set: (array, key, value: unknown) => {
        this.touch(name, true)
        this.observe(value)
        return Reflect.set(array, key, this.raw(value), array)
      },
      deleteProperty: (array, key) => {
        this.touch(name, true)
        return Reflect.deleteProperty(array, key)
      },
    }
  }

  private collectionHandler(name: string): ProxyHandler<any> {
    return {
      get: (collection, key, receiver) => {
        this.touch(name, !READS.has(key))
        const value: unknown = Reflect.get(collection, key, collection)
        if (typeof value !== 'function') return value
        return (...args: unknown[]) => {
          for (const arg of args) this.observe(arg)
          const result: unknown = value.apply(
            collection,
            args.map((arg) => this.raw(arg)),
          )
          return result === collection ? receiver : this.shown(result)
        }
      },
    }
  }

  /** What a collection gives: its elements are observed, its iterators give stand-ins too. */
  private shown(result: unknown): unknown {
    if (typeof (result as Partial<Iterator<unknown>> | null)?.next !== 'function') return this.observe(result)
    return [...(result as Iterable<unknown>)]
      .map((value) => (Array.isArray(value) ? value.map((part) => this.observe(part)) : this.observe(value)))
      .values()
  }
}

function calling(touch: () => void, f: (...args: any[]) => unknown): (...args: unknown[]) => unknown {
  return function (this: unknown, ...args: unknown[]): unknown {
    touch()
    return f.apply(this, args)
  }
}

function isPrimitive(value: unknown): boolean {
  return (
    value instanceof Operation ||
    typeof (value as { statistics?: unknown } | null | undefined)?.statistics === 'function'
  )
}

/** What keeps its state where it cannot be observed. */
function isOpaque(value: object): boolean {
  if (ArrayBuffer.isView(value) || Object.isFrozen(value) || !Object.isExtensible(value)) return true
  return Object.prototype.toString.call(value) !== '[object Object]'
}
