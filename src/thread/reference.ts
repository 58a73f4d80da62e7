/** How a function is named to another thread, and found there. */
import { shown } from './checks.ts'
import { loaded, markOf, portableAt, type PortableReference } from './portable.ts'
import { evaluate, refuseOuter, type SourceReference, sourceOf } from './self-contained.ts'
import { importModule } from './import.ts'
import { state } from './state.ts'

/** Where the function is to be found, or what it says. A plain value, to be posted. */
export type FunctionReference = PortableReference | SourceReference

/**
 * How to name `f`, which is called `name` in errors. Throws `TypeError` if it is neither portable nor self-contained, as
 * far as that can be told at once; see `checked`.
 */
export function referTo(f: unknown, name: string = 'f'): FunctionReference {
  if (typeof f !== 'function')
    throw new TypeError(`${name} must be a portable or a self-contained function, got ${shown(f)}`)
  return markOf(f) ?? sourceOf(f, name)
}

/**
 * In a page the parser that looks for outer variables is still to be loaded: then this gives a promise, which rejects with
 * what `referTo` would have thrown, and the reference may only be sent after it. `undefined`: send it.
 */
export function checked(reference: FunctionReference): Promise<void> | undefined {
  return 'source' in reference ? refuseOuter(reference) : undefined
}

/** The function, in the thread that was given the reference. Its module is loaded first, once. */
export function functionOf(reference: FunctionReference): Function | Promise<Function> {
  if ('source' in reference) return evaluate(reference)
  return loaded(reference) ?? load([reference.module]).then(() => portableAt(reference))
}

/** Loads modules one after another; while one of ours is loading, no threads are made. */
export async function load(modules: readonly string[]): Promise<void> {
  for (const module of modules) await (loading[module] ??= loadOne(module))
}

const loading: Record<string, Promise<void>> = {}

async function loadOne(module: string): Promise<void> {
  if (state.preloaded) return
  state.loading = module
  try {
    await importModule(module)
  } finally {
    state.loading = undefined
  }
}
