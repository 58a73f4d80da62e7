/**
 * Trees as MessagePack, by msgpackr: null, booleans, numbers, bigints, strings, undefined, byte arrays, dense arrays and
 * plain objects. Everything else is brought into this form before (`graph.ts`). Without records, whose readers msgpackr
 * would make as code; in the built package it cannot even where damaged bytes ask for one (`scripts/no-eval.ts`).
 */
import { Packr, RESERVE_START_SPACE, RESET_BUFFER_MODE } from 'msgpackr/pack'

let packr: Packr | undefined

/** Made at the first use, so that a program that encodes nothing pays nothing. */
function codec(): Packr {
  return (packr ??= new Packr({
    useRecords: false,
    mapsAsObjects: true,
    variableMapSize: true,
    useBigIntExtension: true,
    // Neither cycles nor `toJSON`: `graph.ts` knows better what an object is.
    structuredClone: false,
    useToJSON: false,
  } as ConstructorParameters<typeof Packr>[0]))
}

/** One byte of `mark`, then `tree`. The bytes are good until the next call. */
export function pack(mark: number, tree: unknown): Uint8Array {
  const bytes = codec().pack(tree, RESET_BUFFER_MODE | RESERVE_START_SPACE | 1)
  bytes[0] = mark
  // A Buffer's `slice` is no copy, which who gets these bytes would not expect.
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** The tree behind the first byte. Byte arrays in it are views of `bytes`. Throws whatever msgpackr throws. */
export function unpack(bytes: Uint8Array): unknown {
  return codec().unpack(bytes.subarray(1))
}
