/**
 * Loads a module that somebody named, TypeScript included. Bun, Deno and Node from 22.18 load TypeScript themselves; a
 * loader that was given to Node by `--import` works in its workers too. Elsewhere `tsx` is tried if it is installed: a
 * test runner that transforms modules by itself leaves workers without its help.
 */
import { HeddleError } from '../index.ts'
import { workerThreads } from './platform.ts'

export async function importModule(url: string): Promise<void> {
  try {
    await import(/* @vite-ignore */ /* webpackIgnore: true */ url)
  } catch (error) {
    if (!isTypeScript(url) || !isOfTypeScript(error)) throw error
    await registerTsx(url, error)
    await import(/* @vite-ignore */ /* webpackIgnore: true */ url)
  }
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
    (error instanceof SyntaxError && workerThreads() !== undefined)
  )
}

async function registerTsx(url: string, error: unknown): Promise<void> {
  const { createRequire } = process.getBuiltinModule('node:module')
  const { pathToFileURL } = process.getBuiltinModule('node:url')
  let tsx: string
  try {
    tsx = pathToFileURL(createRequire(url).resolve('tsx/esm/api')).href
  } catch {
    throw new HeddleError(
      `${url} is TypeScript, which this thread cannot load: ${error instanceof Error ? error.message : String(error)}; ` +
        'use Node 22.18 or later with erasable syntax and imports that end in .ts, or install tsx',
      { cause: error },
    )
  }
  const api = (await import(/* @vite-ignore */ /* webpackIgnore: true */ tsx)) as { register(): void }
  api.register()
}
