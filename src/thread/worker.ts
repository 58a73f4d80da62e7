/**
 * The entry point of every worker that Heddle starts, and `heddle/worker` for the entry file of a worker that a factory
 * makes: `import 'heddle/worker'` and the modules of the portable functions. It runs the program that it is told.
 */
import { serveActor } from './actor-serve.ts'
import { call } from './call.ts'
import { link, type Link } from './link.ts'
import type { Boot, Program } from './messages.ts'
import { workerThreads } from './platform.ts'
import { serve } from './pool/serve.ts'
import { state } from './state.ts'

const programs: Record<Program, (link: Link, input: unknown) => unknown> = {
  call,
  serve,
  actor: serveActor,
}

state.loading ??= 'the entry file of the worker'

const threads = workerThreads()
const booted = (threads?.workerData as { heddle?: Boot } | undefined)?.heddle
if (booted !== undefined) boot(booted)
else if (threads?.parentPort || isPageWorker()) waitForBoot()
else throw new Error('heddle/worker is for the entry file of a worker; the thread that imported it is none')

function boot(told: Boot): void {
  state.preloaded = told.preloaded
  state.loading = undefined
  void programs[told.program](link(told), told.input)
}

interface PageScope {
  addEventListener(type: string, listener: (event: MessageEvent<unknown>) => void): void
}

function waitForBoot(): void {
  const port = threads?.parentPort
  let done = false
  const look = (message: unknown): void => {
    const told = (message as { heddle?: Boot } | undefined)?.heddle
    if (done || told === undefined) return
    done = true
    port?.off('message', look)
    boot(told)
  }
  if (port) port.on('message', look)
  else (globalThis as unknown as PageScope).addEventListener('message', ({ data }) => look(data))
}

/** Also a worker that a factory made of the web's `Worker` in Bun or Deno. */
function isPageWorker(): boolean {
  const scope = (globalThis as { WorkerGlobalScope?: unknown }).WorkerGlobalScope
  return typeof scope === 'function' || threads?.isMainThread === false
}
