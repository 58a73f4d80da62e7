/** Whether a value is a tree that MessagePack carries as it is: most messages are, and this is what they cost. */

/** Deeper trees go by `graph.ts`, which does not recurse. */
const DEEPEST = 200
/** So few objects are searched one by one, more in a set. */
const FEW = 16

export function isTree(value: unknown): boolean {
  return new Walk().tree(value, 0)
}

class Walk {
  private readonly few: object[] = []
  private many: Set<object> | undefined = undefined

  tree(value: unknown, depth: number): boolean {
    switch (typeof value) {
      case 'string':
        return isWellFormed(value)
      case 'number':
        return value !== 0 || !Object.is(value, -0)
      case 'object':
        return value === null || (depth < DEEPEST && this.first(value) && this.branch(value, depth + 1))
      case 'function':
      case 'symbol':
        return false
      default:
        return true
    }
  }

  private branch(value: object, depth: number): boolean {
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) {
        const item: unknown = value[i]
        if (!this.tree(item, depth) || (item === undefined && !(i in value))) return false
      }
      return true
    }
    if (!isPlain(value)) return false
    const keys = Object.keys(value)
    for (const key of keys)
      if (key === '__proto__' || !isWellFormed(key) || !this.tree(value[key], depth)) return false
    // These names mean something to msgpackr.
    return !('constructor' in value) || value.constructor === Object
  }

  /** Whether an object is met for the first time: a tree has no shared parts and no cycles. */
  private first(value: object): boolean {
    const { few } = this
    if (this.many !== undefined) {
      const { size } = this.many
      return this.many.add(value).size > size
    }
    if (few.includes(value)) return false
    if (few.push(value) > FEW) this.many = new Set(few)
    return true
  }
}

export function isPlain(value: object): value is Record<string, unknown> {
  const prototype: object | null = Object.getPrototypeOf(value)
  if (prototype === null || prototype === Object.prototype) return true
  // The prototype of another realm's plain objects.
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf')
}

/** Whether a string is one in UTF-8 as well: without halves of surrogate pairs. */
export function isWellFormed(text: string): boolean {
  const { isWellFormed } = text as { isWellFormed?: () => boolean }
  return isWellFormed === undefined ? !LONE.test(text) : isWellFormed.call(text)
}

const LONE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/
