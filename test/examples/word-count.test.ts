import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const example = fileURLToPath(new URL('../../examples/word-count/', import.meta.url))
const root = mkdtempSync(join(tmpdir(), 'word-count-'))

function write(path: string, content: string | Uint8Array): void {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, content)
}

interface Ran {
  readonly status: number | null
  readonly stderr: string[]
  /** The lines that are no progress and no timing. */
  readonly result: string[]
  readonly stdout: string
}

function run(...args: string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(example, 'main.mjs'), ...args], { cwd: root })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.on('close', (status) => {
      const lines = stdout.split('\n').filter((line) => line !== '')
      const result = lines.filter((line) => !/^Counting in|^In .* s(, .*)?$/.test(line))
      resolve({ status, stderr: stderr.split('\n').filter((line) => line !== ''), result, stdout })
    })
  })
}

const rank = (place: number, word: string, count: string | number): string =>
  `${`${place}`.padStart(3)}. ${word.padEnd(16)} ${`${count}`.padStart(9)}`

/** The result as a plain sequential count has it. */
function expected(files: number, megabytes: string, texts: string[]): string[] {
  const table = new Map<string, number>()
  const words = texts
    .flatMap((text) => text.toLowerCase().split(/[^\p{L}\p{M}\p{N}]+/u))
    .filter((word) => word)
  for (const word of words) table.set(word, (table.get(word) ?? 0) + 1)
  const sorted = [...table].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
  const grouped = (n: number): string => n.toLocaleString('en')
  return [
    `${grouped(files)} files, ${megabytes} MB`,
    `${grouped(words.length)} words, ${grouped(table.size)} different`,
    ...sorted.slice(0, 20).map(([word, count], index) => rank(index + 1, word, grouped(count))),
    'Both counts agree.',
  ]
}

const texts: string[] = []

beforeAll(() => {
  write('small/a.md', 'The cat, the DOG; the 2 cats.\n')
  write('small/deep/b.d.ts', 'the_cat Ärger ärger e\u0301te\u0301 ÉTÉ 漢字 x2')
  write('small/deep/c.MARKDOWN', 'cat')
  write('small/ignored.txt', 'the the the the')
  write('small/ignored.ts', 'the the the the')
  write('empty/none.txt', 'the')
  write('bad/binary.md', new Uint8Array([104, 105, 0, 1]))
  write('bad/good.md', 'good')
  for (let i = 0; i < 200; i++) {
    const text = Array.from(
      { length: 50 + ((i * 37) % 400) },
      (_, j) => `w${(i * j) % 97} Wort${j % 13}`,
    ).join(' ')
    texts.push(text)
    write(`many/${i % 7}/${i}.md`, text)
  }
})

afterAll(() => rmSync(root, { recursive: true }))

test('counts exactly, of a folder only what is text by its name', async () => {
  expect(await run('small')).toMatchObject({
    status: 0,
    stderr: [],
    result: [
      '3 files, 0.0 MB',
      '16 words, 10 different',
      rank(1, 'the', 4),
      rank(2, 'cat', 3),
      rank(3, 'ärger', 2),
      rank(4, '2', 1),
      rank(5, 'cats', 1),
      rank(6, 'dog', 1),
      rank(7, 'e\u0301te\u0301', 1),
      rank(8, 'x2', 1),
      rank(9, 'été', 1),
      rank(10, '漢字', 1),
      'Both counts agree.',
    ],
  })
})

test('counts a named file whatever its name, and each file once', async () => {
  const { status, result } = await run('small/ignored.txt', './small/ignored.txt', 'small/a.md', 'small')
  expect(status).toBe(0)
  expect(result.slice(0, 3)).toEqual(['4 files, 0.0 MB', '20 words, 10 different', rank(1, 'the', 8)])
})

test.each(['1', '2', '3', '4'])('agrees with a plain count, in %s threads', async (threads) => {
  const { status, stderr, result, stdout } = await run('--threads', threads, 'many')
  expect({ status, stderr }).toEqual({ status: 0, stderr: [] })
  expect(result).toEqual(expected(200, '0.5', texts))
  expect(stdout).toMatch(/^Counting in .*: 200 files, 0\.5 MB$/m)
  expect(stdout).toMatch(/^In one thread: \d+\.\d\d s$/m)
  if (threads !== '1')
    expect(stdout).toMatch(new RegExp(`^In ${threads} threads: \\d+\\.\\d\\d s, .* as fast$`, 'm'))
})

describe('one clear line each, the rest is counted, and the status is 1:', () => {
  const counted = ['1 file, 0.0 MB', '4 words, 1 different', rank(1, 'the', 4), 'Both counts agree.']

  test.each([
    ['a path that does not exist', 'small/nowhere.md', 'does not exist'],
    ['a folder without text', 'empty', 'has no Markdown or TypeScript declaration files'],
  ])('%s', async (_, path, problem) => {
    const { status, stderr, result } = await run(path, 'small/ignored.txt')
    expect({ status, stderr }).toEqual({ status: 1, stderr: [`word-count: ${path} ${problem}`] })
    expect(result).toEqual(counted)
  })

  test('a binary file', async () => {
    const { status, stderr, result } = await run('bad')
    expect(stderr).toEqual([
      `word-count: ${join('bad', 'binary.md')} is binary: it has a NUL byte near its beginning`,
    ])
    expect(status).toBe(1)
    expect(result).toContain('1 word, 1 different')
    expect(result).toContain(rank(1, 'good', 1))
  })

  test('an unreadable file', async () => {
    // Who may read everything finds a file that cannot be read all the same among those of the kernel.
    const all = process.getuid?.() === 0
    const path = all ? '/proc/self/mem' : 'locked.md'
    if (!all) {
      write(path, 'secret')
      chmodSync(join(root, path), 0)
    }
    const { status, stderr, result } = await run(path, 'small/ignored.txt')
    const problem = all ? 'cannot be read (EIO)' : 'may not be read (permission denied)'
    expect({ status, stderr }).toEqual({ status: 1, stderr: [`word-count: ${path} ${problem}`] })
    expect(result).toContain('4 words, 1 different')
  })

  test('something that is no file', async () => {
    const { status, stderr } = await run('/dev/null', 'small')
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: ['word-count: /dev/null is neither a file nor a folder'],
    })
  })

  test('nothing at all', async () => {
    const { status, stderr, stdout } = await run('nowhere')
    expect({ status, stderr, stdout }).toEqual({
      status: 1,
      stderr: ['word-count: nowhere does not exist'],
      stdout: '',
    })
  })
})

test('a symbolic link inside a folder is not followed', async () => {
  write('linked/a.md', 'once')
  symlinkSync(join(root, 'linked'), join(root, 'linked', 'round'))
  expect((await run('linked')).result).toContain('1 word, 1 different')
})

test.each([
  [['--threads', '0'], '--threads must be a whole number from 1 to 64, got "0"'],
  [['--threads', 'two'], '--threads must be a whole number from 1 to 64, got "two"'],
  [['--threads', '65'], '--threads must be a whole number from 1 to 64, got "65"'],
  [['--thread'], "Unknown option '--thread'"],
])('refuses %s', async (args, problem) => {
  const { status, stderr } = await run(...args)
  expect(status).toBe(2)
  expect(stderr).toEqual([expect.stringContaining(`word-count: ${problem}`)])
})

test('--help tells all options', async () => {
  const { status, stderr, stdout } = await run('--help')
  expect({ status, stderr }).toEqual({ status: 0, stderr: [] })
  expect(stdout).toMatch(/--threads n[^]*--help/)
})

test('a word is whole wherever a piece of a file ends', async () => {
  const { countFile } = await import(join(example, 'count.mjs') as string)
  const text = 'ä𝒳漢 lööng '.repeat(150_000) + 'x'.repeat(1_500_000) + ' end'
  write('big.md', text)
  const table = new Map<string, { count: number }>()
  countFile(join(root, 'big.md'), table)
  expect([...table].map(([word, { count }]) => [word.length, count])).toEqual([
    [4, 150_000],
    [5, 150_000],
    [1_500_000, 1],
    [3, 1],
  ])
})
