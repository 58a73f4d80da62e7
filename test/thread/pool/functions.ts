/** The functions of `fixtures/calls.mjs`, which has no types. */
import type { Portable } from 'heddle/threads'

type Functions = Record<string, Portable> & Record<'add' | 'fail' | 'late', Portable>

export const functions = (await import('./fixtures/calls.mjs' as string)) as Functions
