/**
 * Any value that can travel as a tree: a list of nodes, one for each object, that name each other by number. So cycles,
 * shared parts and depth cost nothing special. Source: the flat form of structured clones in tape archives of objects
 * (Smalltalk's reference stream); walked by a queue, not by recursion.
 *
 *   graph   [cell of the root, node 0, node 1, ...]
 *   cell    null, a boolean, number, bigint, string, undefined: itself
 *           [n] node n     [-1] minus zero     [] a hole
 *   node    [kind, ...], as in `Kind`
 *
 * `revive.ts` reads it.
 */
import { shown } from '../errors.ts'
import { errorNode, isError } from './error.ts'
import { isPlain, isWellFormed } from './tree.ts'

export type Cell = unknown
export type Node = unknown[]

/** What follows the kind in a node. */
export const OBJECT = 0 // key, cell, key, cell, ...; a key is a cell as well
export const ARRAY = 1 // cells
export const SPARSE = 2 // length, index, cell, index, cell, ...
export const MAP = 3 // cell, cell, ...
export const SET = 4 // cells
export const DATE = 5 // time
export const REGEXP = 6 // source, flags
export const ERROR = 7 // class, name, message, stack, key, enumerable, cell, ...
export const BYTES = 8 // class, bytes
export const BOXED = 9 // the primitive, a cell; a string as bytes of UTF-16
export const TEXT = 10 // bytes of UTF-16

/** Array buffers and their views: what they hold travels, not that several are views of one buffer. */
export const VIEWS: readonly string[] = [
  'ArrayBuffer',
  'DataView',
  ...['Int8', 'Uint8', 'Uint8Clamped', 'Int16', 'Uint16', 'Int32', 'Uint32', 'Float16', 'Float32', 'Float64']
    .concat('BigInt64', 'BigUint64')
    .map((name) => `${name}Array`),
]

/** The tree of `value`. Throws `TypeError` with the path to what cannot travel. */
export function graphOf(value: unknown): unknown[] {
  return new Flattener().flatten(value)
}

export class Flattener {
  private readonly originals: unknown[] = []
  private readonly ids: Map<unknown, number> = new Map()
  /** Where each original was met first: in which other one, and as what. */
  private readonly parents: number[] = []
  private readonly ways: string[] = []
  private here = -1

  flatten(value: unknown): unknown[] {
    const graph: unknown[] = [this.cell(value, 'value')]
    for (this.here = 0; this.here < this.originals.length; this.here++)
      graph.push(this.node(this.originals[this.here]))
    return graph
  }

  cell(value: unknown, way: string): Cell {
    switch (typeof value) {
      case 'string':
        return isWellFormed(value) ? value : this.reference(value, way)
      case 'number':
        return Object.is(value, -0) ? [-1] : value
      case 'object':
        return value === null ? null : this.reference(value, way)
      case 'function':
      case 'symbol':
        return this.refuse(way, `${shown(value)}, which cannot travel to another thread`)
      default:
        return value
    }
  }

  private reference(value: unknown, way: string): Cell {
    let id = this.ids.get(value)
    if (id === undefined) {
      id = this.originals.push(value) - 1
      this.ids.set(value, id)
      this.parents.push(this.here)
      this.ways.push(way)
    }
    return [id]
  }

  private node(value: unknown): Node {
    if (typeof value === 'string') return [TEXT, utf16(value)]
    if (Array.isArray(value)) return this.list(value)
    if (isPlain(value as object)) return this.properties(value as Record<string, unknown>)
    if (isError(value)) return errorNode(value, this)
    if (value instanceof Map)
      return [
        MAP,
        ...each(value, ([key, item]) => [this.cell(key, ' (a key)'), this.cell(item, within(key))]),
      ]
    if (value instanceof Set) return [SET, ...each(value, (item) => [this.cell(item, ' (an item)')])]
    return this.special(value as object)
  }

  private list(list: unknown[]): Node {
    const node: Node = [ARRAY]
    for (let i = 0; i < list.length; i++) {
      if (list[i] === undefined && !(i in list)) return this.sparse(list)
      node.push(this.cell(list[i], `[${i}]`))
    }
    return node
  }

  private sparse(list: unknown[]): Node {
    const node: Node = [SPARSE, list.length]
    for (const key of Object.keys(list)) {
      const index = Number(key)
      if (String(index >>> 0) === key && index < list.length)
        node.push(index, this.cell(list[index], `[${key}]`))
    }
    return node
  }

  private properties(object: Record<string, unknown>): Node {
    const node: Node = [OBJECT]
    for (const key of Object.keys(object))
      node.push(this.cell(key, ' (a key)'), this.cell(object[key], way(key)))
    return node
  }

  /** The objects of the language that are neither of the common kinds. */
  private special(value: object): Node {
    if (value instanceof Date) return [DATE, value.getTime()]
    if (value instanceof RegExp) return [REGEXP, value.source, value.flags]
    if (value instanceof ArrayBuffer) return [BYTES, 0, new Uint8Array(value)]
    if (ArrayBuffer.isView(value)) {
      // A Buffer and whatever else extends a typed array arrives as that array.
      const name = value instanceof DataView ? 'DataView' : TAG.call(value)
      const { buffer, byteOffset, byteLength } = value
      const bytes = new Uint8Array(buffer, byteOffset, byteLength)
      return [BYTES, VIEWS.indexOf(name as string), isShared(buffer) ? bytes.slice() : bytes]
    }
    if (value instanceof String) return [BOXED, utf16(value.valueOf())]
    if (value instanceof Number || value instanceof Boolean) return [BOXED, this.cell(value.valueOf(), '')]
    if (isShared(value))
      return this.refuse(
        '',
        'a SharedArrayBuffer, which cannot be copied; post it, or send the handle of a primitive',
      )
    if ('uncloneable' in value)
      return this.refuse(
        '',
        `${shown(value)}, a primitive of Heddle; send its handle by postMessage or in worker data`,
      )
    return this.refuse(
      '',
      `${shown(value)}, which would arrive without its class; send a plain object instead`,
    )
  }

  private refuse(way: string, what: string): never {
    let path = way
    for (let id = this.here; id >= 0; id = this.parents[id]!) path = this.ways[id]! + path
    throw new TypeError(`${path} is ${what}`)
  }
}

function each<T>(items: Iterable<T>, cells: (item: T) => Cell[]): Cell[] {
  const all: Cell[] = []
  for (const item of items) all.push(...cells(item))
  return all
}

/** A key as it is written behind a value. */
function way(key: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}

function within(key: unknown): string {
  return `.get(${shown(key)})`
}

function utf16(text: string): Uint8Array {
  const bytes = new Uint8Array(2 * text.length)
  for (let i = 0; i < text.length; i++) {
    bytes[2 * i] = text.charCodeAt(i) & 255
    bytes[2 * i + 1] = text.charCodeAt(i) >> 8
  }
  return bytes
}

function isShared(value: unknown): boolean {
  return Object.prototype.toString.call(value) === '[object SharedArrayBuffer]'
}

/** The name of a typed array's kind, whatever class extends it. */
const TAG: (this: unknown) => unknown = Reflect.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype) as object,
  Symbol.toStringTag,
)!.get!
