/** The value of a graph: first every object, empty, then what is in each; so cycles need no care. */
import { createError, define } from './error.ts'
import {
  ARRAY,
  BOXED,
  BYTES,
  DATE,
  ERROR,
  MAP,
  type Node,
  OBJECT,
  REGEXP,
  SET,
  SPARSE,
  TEXT,
  VIEWS,
} from './graph.ts'

/** Throws `CorruptGraph`, or whatever the language throws, if it is no graph. */
export function revive(graph: unknown): unknown {
  if (!Array.isArray(graph) || graph.length === 0) throw new CorruptGraph('no list of nodes')
  const nodes = graph.slice(1) as Node[]
  const made = nodes.map(create)
  const valueOf = (cell: unknown): unknown => {
    if (typeof cell !== 'object' || cell === null) return cell
    if (!Array.isArray(cell) || cell.length !== 1) throw new CorruptGraph('a cell of no known form')
    if (cell[0] === -1) return -0
    if (!Number.isInteger(cell[0]) || cell[0] < 0 || cell[0] >= made.length)
      throw new CorruptGraph('a reference to nothing')
    return made[cell[0] as number]
  }
  nodes.forEach((node, i) => fill(made[i], node, valueOf))
  return valueOf(graph[0])
}

/** The bytes are not those of a graph. */
export class CorruptGraph extends Error {}

function create(node: Node): unknown {
  if (!Array.isArray(node)) throw new CorruptGraph('a node that is no list')
  switch (node[0]) {
    case OBJECT:
      return {}
    case ARRAY:
      return Array.from({ length: node.length - 1 })
    case SPARSE: {
      const list: unknown[] = []
      list.length = integer(node[1], 2 ** 32 - 1)
      return list
    }
    case MAP:
      return new Map()
    case SET:
      return new Set()
    case DATE:
      return new Date(node[1] as number)
    case REGEXP:
      return new RegExp(string(node[1]), string(node[2]))
    case ERROR:
      return createError(string(node[1]), string(node[2]), string(node[3]))
    case BYTES:
      return view(VIEWS[integer(node[1], VIEWS.length - 1)]!, bytes(node[2]))
    case BOXED:
      return boxed(node[1])
    case TEXT:
      return text(bytes(node[1]))
    default:
      throw new CorruptGraph('a node of no known kind')
  }
}

function fill(target: unknown, node: Node, valueOf: (cell: unknown) => unknown): void {
  const pairs = (f: (first: unknown, second: unknown) => void, from: number): void => {
    if ((node.length - from) % 2 !== 0) throw new CorruptGraph('half a pair')
    for (let i = from; i < node.length; i += 2) f(node[i], valueOf(node[i + 1]))
  }
  switch (node[0]) {
    case OBJECT:
      return pairs((key, value) => define(target as object, string(valueOf(key)), value, true), 1)
    case ARRAY:
      for (let i = 1; i < node.length; i++) (target as unknown[])[i - 1] = valueOf(node[i])
      return
    case SPARSE: {
      const list = target as unknown[]
      return pairs((index, value) => (list[integer(index, list.length - 1)] = value), 2)
    }
    case MAP:
      return pairs((key, value) => (target as Map<unknown, unknown>).set(valueOf(key), value), 1)
    case SET:
      for (let i = 1; i < node.length; i++) (target as Set<unknown>).add(valueOf(node[i]))
      return
    case ERROR:
      if (node.length % 3 !== 2) throw new CorruptGraph('a part of a property')
      define(target as object, 'stack', node[4] === null ? undefined : string(node[4]))
      for (let i = 5; i < node.length; i += 3)
        define(target as object, string(node[i]), valueOf(node[i + 2]), node[i + 1] === true)
  }
}

function boxed(cell: unknown): unknown {
  return Object(cell instanceof Uint8Array ? text(cell) : Array.isArray(cell) ? -0 : cell)
}

function view(name: string, bytes: Uint8Array): object {
  const { buffer } = Uint8Array.prototype.slice.call(
    new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length),
  )
  if (name === 'ArrayBuffer') return buffer
  const made = (globalThis as unknown as Record<string, new (buffer: ArrayBufferLike) => object>)[name]
  if (made === undefined) throw new CorruptGraph(`${name} does not exist on this platform`)
  return new made(buffer)
}

function text(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i + 1 < bytes.length; i += 2) text += String.fromCharCode(bytes[i]! | (bytes[i + 1]! << 8))
  return text
}

function integer(value: unknown, most: number): number {
  if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > most)
    throw new CorruptGraph('a number out of range')
  return value as number
}

function string(value: unknown): string {
  if (typeof value !== 'string') throw new CorruptGraph('something else where a string must be')
  return value
}

function bytes(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new CorruptGraph('something else where bytes must be')
  return value
}
