/** Values as they are shown in traces. */

interface Telling {
  readonly id?: unknown
  readonly state?: unknown
  readonly statistics?: unknown
  readonly describe?: unknown
}

/** How deep states are taken apart. */
const DEPTH = 2

/** What there is to see in a state: names of places, with the values there as text. */
export function flatten(state: unknown): Map<string, string> {
  const values = new Map<string, string>()
  collect(values, '', state, 0)
  return values
}

function collect(values: Map<string, string>, name: string, value: unknown, depth: number): void {
  if (value === undefined && depth === 0) return
  const parts = depth < DEPTH ? partsOf(value) : undefined
  if (parts === undefined) {
    const text = brief(value)
    if (text !== '') values.set(name || 'state', text)
    return
  }
  for (const [key, part] of parts) collect(values, name === '' ? key : `${name}.${key}`, part, depth + 1)
}

/** The primitives that can be reached in a state, by what they call themselves. */
export function primitives(state: unknown): Map<string, string> {
  const found = new Map<string, string>()
  const visit = (name: string, value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null || depth > DEPTH) return
    const { id } = value as Telling
    if (typeof id === 'string' && id.includes('#') && !found.has(id)) found.set(id, name)
    for (const [key, part] of Object.entries(value))
      if (!key.startsWith('_'))
        visit(
          Array.isArray(value) ? `${name}[${key}]` : name === '' ? key : `${name}.${key}`,
          part,
          depth + 1,
        )
  }
  visit('', state, 0)
  return found
}

/** What an object consists of, as far as that is shown; `undefined` for what is shown as one. */
function partsOf(value: unknown): [string, unknown][] | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  if (value instanceof Map || value instanceof Set || value instanceof Error) return undefined
  const { statistics, describe } = value as Telling
  if (typeof statistics === 'function') return Object.entries(statistics.call(value) as object)
  if (typeof describe === 'function') return undefined
  return Object.entries(value).filter(([key]) => !key.startsWith('_'))
}

/** A value on one line, cut to some sixty characters; empty where there is nothing to see. */
export function brief(value: unknown): string {
  const text = written(value, 0)
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}

function written(value: unknown, depth: number): string {
  if (typeof value === 'string') return `'${value}'`
  if (typeof value === 'function') return ''
  if (typeof value !== 'object' || value === null) return String(value)
  if (depth > 3) return '…'
  if (Array.isArray(value)) return `[${value.map((item) => written(item, depth + 1)).join(', ')}]`
  if (value instanceof Map || value instanceof Set) return written([...value], depth)
  if (value instanceof Error) return `${value.name}: ${value.message}`
  const parts = partsOf(value)
  if (parts === undefined) return toldBy(value)
  const texts = parts.flatMap(([key, part]) => {
    const text = written(part, depth + 1)
    return text === '' ? [] : [`${key}: ${text}`]
  })
  return texts.length === 0 ? '{}' : `{ ${texts.join(', ')} }`
}

/** Operations tell what they are, futures and tasks where they stand. */
function toldBy(value: object): string {
  const { state, describe } = value as Telling
  return typeof state === 'string' ? state.toLowerCase() : String((describe as () => string).call(value))
}
