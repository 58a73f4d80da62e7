/** How the items of a shared queue become bytes, or stay numbers. */
import { type Codec, structured } from '../codec/index.ts'
import { HandleError, shown } from '../errors.ts'
import type { Packed } from './shared-arena.ts'
import { NUMBERS } from './shared-layout.ts'

/** `'structured'`, `'bytes'` for `Uint8Array` items, `'numbers'`, or a codec of one's own. */
export type QueueCodec<T> = 'structured' | 'bytes' | 'numbers' | Codec<T>

/** Items on their way in and out. What `pack` gives may be written over by the next call. */
export interface Freight<T> {
  /** Its number in shared words. */
  readonly code: number
  /** Whether what it gives is the item itself. */
  readonly bare: boolean
  pack(item: T, name: string): Packed
  unpack(packed: Packed): T
}

const CUSTOM = 4

const bytes: Freight<unknown> = {
  code: 2,
  bare: true,
  pack(item, name) {
    if (item instanceof Uint8Array) return item
    throw new TypeError(`${name} must be a Uint8Array in a queue of bytes, got ${shown(item)}`)
  },
  unpack: (packed) => packed,
}

const numbers: Freight<unknown> = {
  code: NUMBERS,
  bare: true,
  pack(item, name) {
    if (typeof item === 'number') return item
    throw new TypeError(`${name} must be a number in a queue of numbers, got ${shown(item)}`)
  },
  unpack: (packed) => packed,
}

function through(codec: Codec<any>, code: number): Freight<unknown> {
  return {
    code,
    bare: false,
    pack: (item) => codec.encode(item),
    unpack: (packed) => codec.decode(packed as Uint8Array),
  }
}

/** The freight for the option `codec`. Throws `TypeError` if there is no such codec. */
export function freightOf<T>(codec: QueueCodec<T> = 'structured'): Freight<T> {
  if (codec === 'structured') return through(structured, 1) as Freight<T>
  if (codec === 'bytes') return bytes as Freight<T>
  if (codec === 'numbers') return numbers as Freight<T>
  if (typeof codec?.encode === 'function' && typeof codec.decode === 'function')
    return through(codec, CUSTOM) as Freight<T>
  throw new TypeError(
    `codec must be 'structured', 'bytes', 'numbers' or an object { encode, decode }, got ${shown(codec)}`,
  )
}

/** The freight of a queue that came from another thread. Throws `HandleError` if it needs a codec that was not given. */
export function freightBy<T>(code: number, codec: QueueCodec<T> | undefined): Freight<T> {
  const known = code === 1 ? 'structured' : code === 2 ? 'bytes' : code === NUMBERS ? 'numbers' : undefined
  if (known === undefined && codec === undefined)
    throw new HandleError(
      'the SharedQueue was made with a codec of its own, which cannot travel: give it to SharedQueue.attach(handle, { codec })',
    )
  const freight = freightOf(codec ?? known)
  if (freight.code !== code)
    throw new HandleError(
      `codec is not the one that the SharedQueue was made with, ${known ?? 'one of its own'}`,
    )
  return freight
}
