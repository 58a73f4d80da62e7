/**
 * The default codec: structured data. The first byte says what follows.
 *
 *   BYTES   the bytes of a Uint8Array
 *   TREE    MessagePack of the value itself
 *   GRAPH   MessagePack of its graph
 */
import { CodecError } from '../errors.ts'
import type { Codec } from './codec.ts'
import { graphOf } from './graph.ts'
import { pack, unpack } from './msgpack.ts'
import { revive } from './revive.ts'
import { isTree } from './tree.ts'

const BYTES = 0
const TREE = 1
const GRAPH = 2

/**
 * Carries what a structured clone does (objects, arrays with holes, Map, Set, Date, RegExp, typed arrays, bigint of any
 * size, undefined, cycles, shared parts), and errors with class, message, stack, cause and own properties. An object
 * arrives without prototype tricks: getters are read, symbol keys stay behind. Refuses functions, symbols, instances of
 * classes, primitives of Heddle and shared memory, with the path to them.
 */
export const structured: Codec = {
  encode(value: unknown): Uint8Array {
    if (value instanceof Uint8Array && isBare(value)) return marked(value)
    return isTree(value) ? pack(TREE, value) : pack(GRAPH, graphOf(value))
  },

  decode(bytes: Uint8Array): unknown {
    const mark = bytes[0]
    if (mark === BYTES) return new Uint8Array(bytes.subarray(1))
    try {
      if (mark === TREE) return unpack(bytes)
      if (mark === GRAPH) return revive(unpack(bytes))
    } catch (cause) {
      throw corrupt(bytes, cause)
    }
    throw corrupt(bytes, new TypeError(`they begin with ${mark ?? 'nothing'}`))
  },
}

/** A Buffer arrives as a Uint8Array too; a class of one's own might hold more than bytes. */
function isBare(value: Uint8Array): boolean {
  return value.constructor === Uint8Array || value.constructor?.name === 'Buffer'
}

function marked(value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(value.length + 1)
  bytes.set(value, 1)
  return bytes
}

function corrupt(bytes: Uint8Array, cause: unknown): CodecError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new CodecError(`bytes (${bytes.length}) are not what the structured codec makes: ${reason}`, {
    cause,
  })
}
