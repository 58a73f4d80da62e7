/** What turns values into bytes and back. */

/** A codec: values as bytes. `decode(encode(value))` is a copy of `value`. */
export interface Codec<T = unknown> {
  /**
   * The bytes of `value`. They are the caller's only until the next call of this codec, which may write over them.
   * Throws `TypeError`, with the path to it, if a part of the value cannot travel.
   */
  encode(value: T): Uint8Array
  /**
   * The value that `bytes` stand for. It keeps no view of them. Throws `CodecError` if they are not bytes that this
   * codec made.
   */
  decode(bytes: Uint8Array): T
}
