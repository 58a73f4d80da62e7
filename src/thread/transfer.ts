/** Values that are moved to another thread instead of copied. */

/** What goes with each value that was marked; `undefined` stands for everything in it that can. */
const marked = /* @__PURE__ */ new WeakMap<object, readonly object[] | undefined>()

/**
 * Marks `value` so that it is moved, not copied, when it is next sent to another thread or given back by a function that
 * runs in one: buffers, also those of typed arrays in it, ports and streams. With `list` only those. Afterwards they are
 * empty here. Returns `value` itself.
 * Throws `TypeError` if `value` is no object or `list` no array of objects.
 */
export function transfer<T extends object>(value: T, list?: readonly object[]): T {
  if (!isObject(value))
    throw new TypeError(`value must be an object that can be moved, or has such in it, got ${typeof value}`)
  if (list !== undefined && !(Array.isArray(list) && list.every(isObject)))
    throw new TypeError('list must be an array of objects that can be moved')
  marked.set(value, list)
  return value
}

/** Whether `value` was marked. */
export function isMoved(value: object): boolean {
  return marked.has(value)
}

/** What `transfer` was told to move with `value`. */
export function movedWith(value: object): readonly object[] | undefined {
  return marked.get(value)
}

const MOVABLE = new Set([
  'ArrayBuffer',
  'MessagePort',
  'ReadableStream',
  'WritableStream',
  'TransformStream',
  'ImageBitmap',
  'OffscreenCanvas',
  'VideoFrame',
  'AudioData',
  'RTCDataChannel',
])

/** What of `value` itself can be moved. */
export function movable(value: object): object | undefined {
  const owner = ArrayBuffer.isView(value) ? value.buffer : value
  const tag = Object.prototype.toString.call(owner).slice(8, -1)
  return MOVABLE.has(tag) || isNodePort(owner) ? owner : undefined
}

/** Node's ports do not say what they are. */
function isNodePort(value: object): boolean {
  return typeof MessagePort === 'function' && value instanceof MessagePort
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
