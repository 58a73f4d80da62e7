/** Each recipe, and each example of tasks, prints what it should, and ends by itself. */
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const folder = (name: string): string => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url))

function output(name: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [folder(`${name}.mjs`)], { timeout: 30_000 }, (error, stdout, stderr) => {
      if (error !== null || stderr !== '') reject(error ?? new Error(stderr))
      else resolve(stdout.trimEnd().split('\n'))
    })
  })
}

const RECIPES: Record<string, string[]> = {
  'bounded-buffer': [
    'put warp; in the buffer: warp',
    'put weft; in the buffer: warp weft',
    'took warp',
    'took weft',
    'put reed; in the buffer: reed',
    'put shed; in the buffer: reed shed',
    'took reed',
    'took shed',
    'put shuttle; in the buffer: shuttle',
    'took shuttle',
  ],
  'cigarette-smokers': [
    'OneByOne: deadlock: nothing can go on: agent waits in table.smoked.acquire()',
    '  1. agent begins; next: table.smoked.acquire(); [table.tobacco: { value: 1, limit: 0, waiters: 0, abandoned: 0 }, table.paper: { value: 1, limit: 0, waiters: 0, abandoned: 0 }]',
    '  2. agent does table.smoked.acquire(); waits in table.smoked.acquire(); [table.smoked: { value: 0, limit: 0, waiters: 1, abandoned: 0 }]',
    '  3. tobacco begins; next: table.paper.acquire()',
    '  4. tobacco does table.paper.acquire(); next: table.match.acquire(); [table.paper: { value: 0, limit: 0, waiters: 0, abandoned: 0 }]',
    '  5. tobacco does table.match.acquire(); waits in table.match.acquire(); [table.match: { value: 0, limit: 0, waiters: 1, abandoned: 0 }]',
    '  6. paper begins; next: table.tobacco.acquire()',
    '  7. paper does table.tobacco.acquire(); next: table.match.acquire(); [table.tobacco: { value: 0, limit: 0, waiters: 0, abandoned: 0 }]',
    '  8. paper does table.match.acquire(); waits in table.match.acquire(); [table.match: { value: 0, limit: 0, waiters: 2, abandoned: 0 }]',
    '  9. match begins; next: table.tobacco.acquire()',
    ' 10. match does table.tobacco.acquire(); waits in table.tobacco.acquire(); [table.tobacco: { value: 0, limit: 0, waiters: 1, abandoned: 0 }]',
    "again: replaySchedule(program, 'agent agent tobacco tobacco tobacco paper paper paper match match')",
    'Called: no schedule fails',
  ],
  'circuit-breaker': [
    '50 ms: Error: no answer; closed',
    '350 ms: Error: no answer; open',
    '600 ms: CircuitOpenError: the circuit is open for 750 ms more; open',
    '850 ms: CircuitOpenError: the circuit is open for 500 ms more; open',
    '1100 ms: CircuitOpenError: the circuit is open for 250 ms more; open',
    '1400 ms: Error: no answer; open',
    '1650 ms: CircuitOpenError: the circuit is open for 750 ms more; open',
    '1900 ms: CircuitOpenError: the circuit is open for 500 ms more; open',
    '2150 ms: CircuitOpenError: the circuit is open for 250 ms more; open',
    '2450 ms: fine; closed',
  ],
  'connection-pool': [
    '30 ms: connection 1 is open',
    '30 ms: SELECT 1 on connection 1',
    '30 ms: connection 2 is open',
    '30 ms: SELECT 2 on connection 2',
    '40 ms: SELECT 3 on connection 1',
    '40 ms: connection 2 is closed',
    '40 ms: SELECT 2 failed: the server hung up',
    '70 ms: connection 3 is open',
    '70 ms: SELECT 4 on connection 3',
    '80 ms: connection 1 is closed',
    '80 ms: connection 3 is closed',
    '80 ms: SELECT 5 failed: the pool is closed',
  ],
  'dining-philosophers': [
    'leftFirst: deadlock: nothing can go on: P0 waits in forks[1].acquire(); P1 waits in forks[2].acquire(); P2 waits in forks[0].acquire()',
    '  1. P0 begins; next: forks[0].acquire()',
    '  2. P0 does forks[0].acquire(); next: forks[1].acquire(); [forks: [{ locked: true, waiters: 0 }, { locked: false, waiters: 0 …]',
    '  3. P1 begins; next: forks[1].acquire()',
    '  4. P1 does forks[1].acquire(); next: forks[2].acquire(); [forks: [{ locked: true, waiters: 0 }, { locked: true, waiters: 0 }…]',
    '  5. P2 begins; next: forks[2].acquire()',
    '  6. P2 does forks[2].acquire(); next: forks[0].acquire()',
    '  7. P2 does forks[0].acquire(); waits in forks[0].acquire(); [forks: [{ locked: true, waiters: 1 }, { locked: true, waiters: 0 }…]',
    '  8. P0 does forks[1].acquire(); waits in forks[1].acquire(); [forks: [{ locked: true, waiters: 1 }, { locked: true, waiters: 1 }…]',
    '  9. P1 does forks[2].acquire(); waits in forks[2].acquire()',
    "again: replaySchedule(program, 'P0 P0 P1 P1 P2 P2 P2 P0 P1')",
    'inOrder: no schedule fails',
    'together: no schedule fails',
    'withWaiter: no schedule fails',
  ],
  'fan-out': [
    '0 ms: #1 is out',
    '0 ms: archive reads #1',
    '0 ms: ticker reads #1',
    '5 ms: #2 is out',
    '10 ms: #3 is out',
    '25 ms: archive reads #2',
    '25 ms: #4 is out',
    '50 ms: archive reads #3',
    '50 ms: #5 is out',
    '60 ms: ticker reads #5',
    '75 ms: archive reads #4',
    '75 ms: #6 is out',
    '100 ms: archive reads #5',
    '120 ms: ticker reads #6',
    '125 ms: archive reads #6',
  ],
  'graceful-shutdown': [
    '10 ms: job of 10 ms is done',
    '10 ms: job of 10 ms is cleaned up',
    '20 ms: job of 20 ms is done',
    '20 ms: job of 20 ms is cleaned up',
    '25 ms: stop',
    '26 ms: a late job is refused',
    '40 ms: job of 30 ms is done',
    '40 ms: job of 30 ms is cleaned up',
    '55 ms: job of 40 ms is cleaned up',
    '55 ms: job of 60 ms is cleaned up',
    '55 ms: not finished: job of 60 ms, job of 40 ms, job of 10 ms',
  ],
  pipeline: [
    '0 ms: 1 enters',
    '1 ms: 2 enters',
    '2 ms: 3 enters',
    '11 ms: <1> leaves',
    '11 ms: 4 enters',
    '21 ms: <4> leaves',
    '21 ms: 5 enters',
    '31 ms: <9> leaves',
    '31 ms: 6 enters',
    '41 ms: <16> leaves',
    '51 ms: <25> leaves',
    '61 ms: <36> leaves',
  ],
  'rate-limiter': [
    '0 ms: call 1',
    '100 ms: call 2',
    '200 ms: call 3',
    '1000 ms: call 4',
    '1100 ms: call 5',
    '1200 ms: call 6',
    '2000 ms: call 7',
    '2100 ms: call 8',
  ],
  'readers-writers': [
    '0 ms: Ann begins to read',
    '0 ms: Bob begins to read',
    '10 ms: Eve begins to write',
    '20 ms: Joe begins to read',
  ],
  'single-flight': [
    '0 ms: A asks',
    '0 ms: loading loom',
    '40 ms: B asks',
    '80 ms: C asks',
    '100 ms: A has LOOM',
    '100 ms: B has LOOM',
    '100 ms: C has LOOM',
    '120 ms: D asks',
    '120 ms: loading loom',
    '220 ms: D has LOOM',
  ],
  'sleeping-barber': [
    "4 min: the barber cuts Ann's hair",
    '16 min: Dan finds no chair',
    '20 min: Eve finds no chair',
    "24 min: the barber cuts Bob's hair",
    '24 min: Ann leaves, shorn',
    "44 min: the barber cuts Cid's hair",
    '44 min: Bob leaves, shorn',
    '64 min: Cid leaves, shorn',
    '64 min: the shop is closed',
  ],
}

test('every recipe is tested', () => {
  const names = readdirSync(folder('recipes')).map((file) => file.replace('.mjs', ''))
  expect(names.toSorted()).toEqual(Object.keys(RECIPES).toSorted())
})

test.each(Object.entries(RECIPES))('%s', { timeout: 40_000 }, async (name, lines) => {
  expect(await output(`recipes/${name}`)).toEqual(lines)
})

test('the index of the examples lists every recipe, and nothing that is not there', () => {
  const links = [...readFileSync(folder('README.md'), 'utf8').matchAll(/\]\((.+?\.mjs)\)/g)].map(
    ([, link]) => link!,
  )
  expect(links.filter((link) => !existsSync(folder(link)))).toEqual([])
  const recipes = links.filter((link) => link.startsWith('recipes/'))
  expect(recipes.toSorted()).toEqual(
    readdirSync(folder('recipes'))
      .map((file) => `recipes/${file}`)
      .toSorted(),
  )
})
