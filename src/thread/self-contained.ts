/** Functions that travel as text. */
import { workerThreads } from './platform.ts'

export interface SourceReference {
  readonly source: string
  readonly name: string
}

export function sourceOf(f: Function, name: string): SourceReference {
  throw new TypeError(
    `${name} must be a portable function, got function ${f.name || '(anonymous)'}; write at the top level of a module: ` +
      "export const f = portable(import.meta.url, 'f', (x) => …)",
  )
}

export function refuseOuter(_reference: SourceReference): Promise<void> | undefined {
  return workerThreads() === undefined ? Promise.resolve() : undefined
}

export function evaluate(reference: SourceReference): Function {
  return new Function(`return (${reference.source})`)() as Function
}
