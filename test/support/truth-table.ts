/** A table of what each verb does in each state, found out by trying, as the docs show it. */
import { settle, watch } from './watch.ts'
import type { Operation } from '../../src/index.ts'

export type States<S> = Readonly<Record<string, () => S>>
export type Verbs<S> = Readonly<Record<string, (system: S) => unknown>>

export async function truthTable<S>(states: States<S>, verbs: Verbs<S>): Promise<string> {
  const names = Object.keys(states)
  const lines = [row(['verb', ...names]), row(['---', ...names.map(() => '---')])]
  for (const [verb, call] of Object.entries(verbs)) {
    const cells = [`\`${verb}\``]
    for (const name of names) cells.push(await outcome(() => call(states[name]!())))
    lines.push(row(cells))
  }
  return lines.join('\n')
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

async function outcome(call: () => unknown): Promise<string> {
  let result: unknown
  try {
    result = call()
  } catch (error) {
    return `throws \`${(error as Error).name}\``
  }
  if (typeof (result as Operation<unknown> | undefined)?.then !== 'function') return plain(result)
  const wait = watch(result as Operation<unknown>)
  await settle()
  if (wait.state === 'pending') return 'waits'
  if (wait.state === 'error') return `throws \`${(wait.error as Error).name}\``
  const { done } = (wait.value ?? {}) as { done?: boolean }
  return done === true ? 'at once: `{ done: true }`' : 'at once'
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : `\`${String(value)}\``
}

/** The part of a page between the marks of that name. */
export function partOf(page: string, name: string): string {
  const [, part] = new RegExp(`<!-- ${name} -->\\n([^]*?)\\n<!-- end -->`).exec(page) ?? []
  return part ?? ''
}

export function withPart(page: string, name: string, part: string): string {
  return page.replace(new RegExp(`(<!-- ${name} -->\\n)[^]*?(\\n<!-- end -->)`), (_, a, b) => a + part + b)
}
