/**
 * Loads a module that somebody named, TypeScript included. Bun, Deno and Node from 22.18 load TypeScript themselves, and a
 * loader that was given to Node by `--import` may work in its workers. Elsewhere `tsx` is tried if it is installed: a test
 * runner that transforms modules by itself leaves workers without its help.
 */
import { HeddleError } from '../index.ts'
import { runtimeIs, workerThreads } from './platform.ts'

export async function importModule(url: string): Promise<void> {
  const mayNeedHelp = workerThreads() !== undefined && isTypeScript(url)
  if (mayNeedHelp && !stripsTypes()) await registerTsx(url, undefined)
  try {
    await import(/* @vite-ignore */ /* webpackIgnore: true */ url)
  } catch (error) {
    if (workerThreads() === undefined && isOfPage(error))
      throw new HeddleError(
        `${url} is code of the page (${error.message}), as a bundler joins it with the portable functions; give the thread ` +
          "or pool { worker: () => new Worker(new URL('./entry.js', import.meta.url), { type: 'module' }) }, where " +
          "entry.js imports 'heddle/worker' and the modules of the functions",
        { cause: error },
      )
    if (!mayNeedHelp || !isOfTypeScript(error)) throw error
    await registerTsx(url, error)
    // A runtime remembers that an URL could not be loaded.
    await import(/* @vite-ignore */ /* webpackIgnore: true */ `${url}${url.includes('?') ? '&' : '?'}tsx`)
  }
}

function isOfPage(error: unknown): error is ReferenceError {
  return error instanceof ReferenceError && /\b(document|window|localStorage)\b/.test(error.message)
}

/** All but Node before 22.18. */
function stripsTypes(): boolean {
  const { features } = process as unknown as { features?: { typescript?: unknown } }
  return Boolean(features?.typescript) || runtimeIs('bun') || runtimeIs('deno')
}

function isTypeScript(url: string): boolean {
  return /\.[cm]?tsx?([?#]|$)/.test(url)
}

/** What Node says of TypeScript that it does not load, and of an import without an extension in it. */
function isOfTypeScript(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code
  return (
    code === 'ERR_UNKNOWN_FILE_EXTENSION' ||
    code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX' ||
    code === 'ERR_MODULE_NOT_FOUND' ||
    code === 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING' ||
    error instanceof SyntaxError
  )
}

let registered = false

/** Throws `HeddleError` if it is not installed, or not enough. */
async function registerTsx(url: string, error: unknown): Promise<void> {
  if (registered) throw error
  const { createRequire } = process.getBuiltinModule('node:module')
  const { pathToFileURL } = process.getBuiltinModule('node:url')
  let tsx: string
  try {
    // What `require` finds differs in its ending, and registers something else.
    tsx = pathToFileURL(
      createRequire(url)
        .resolve('tsx/esm/api')
        .replace(/\.cjs$/, '.mjs'),
    ).href
  } catch {
    if (error === undefined) return // another loader may know it
    throw new HeddleError(
      `${url} is TypeScript, which this thread cannot load: ${(error as Error).message}; ` +
        'use Node 22.18 or later with erasable syntax and imports that end in .ts, or install tsx',
      { cause: error },
    )
  }
  const api = (await import(/* @vite-ignore */ /* webpackIgnore: true */ tsx)) as { register(): void }
  api.register()
  registered = true
}
