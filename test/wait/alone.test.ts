/** Platforms that lack something, and two copies of the package in one thread. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { printed, program } from './programs.ts'

const inOneThread = [true, [1, 2, 3], 'TimeoutError', 'event', 'slept', false]

test.each([
  ['nothing'],
  ['SharedArrayBuffer', 'SharingError', 'HandleError', 'DeadlockError', 'WouldBlockError'],
  ['cloning of shared memory', 'SharingError'],
  ['Atomics.wait', 'WouldBlockError', false],
  ['Atomics.waitAsync', false, false],
  ['process', false, false],
])(
  '%s is missing: everything in one thread works, the rest says what it lacks',
  async (missing, ...prints) => {
    expect(await program('alone.mjs', [missing])).toEqual(printed(...inOneThread, ...prints))
  },
  30_000,
)

test('two copies of the package in one thread are one', async () => {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const folder = mkdtempSync(join(tmpdir(), 'heddle-copy-'))
  try {
    cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true })
    cpSync(join(root, 'package.json'), join(folder, 'package.json'))
    const copies = [root, folder].map((path) => pathToFileURL(join(path, 'dist/index.js')).href)
    expect(await program('copies.mjs', copies)).toEqual(
      printed(false, true, true, true, true, true, 2, { key: 'busy', value: 'mapped' }, 1, false),
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}, 30_000)
