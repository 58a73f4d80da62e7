import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

function output(name: string): string[] {
  const path = fileURLToPath(new URL(`../../examples/effect/${name}.mjs`, import.meta.url))
  return execFileSync(process.execPath, [path], { encoding: 'utf8', timeout: 30_000 }).trimEnd().split('\n')
}

test('a limit that the worker threads of a server share', () => {
  expect(output('limit')).toEqual([
    '12 answers, the last: you asked for /11',
    expect.stringMatching(/^at work at once: at most [12]; now: 0$/),
  ])
})

test('a stream over a queue between threads', () => {
  expect(output('pipeline')).toEqual(['{ even: 187750, odd: 187500 }'])
})

test('a layer of threads, and an inline one in its place', () => {
  expect(output('layer')).toEqual([
    'threads: [ 25, 168, 1229 ]',
    'inline: [ 25, 168, 1229 ]',
    'a bad argument: arguments.0',
  ])
})
