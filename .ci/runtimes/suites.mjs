// Which test files judge the package from outside: those that see nothing of the source but the public entry points,
// neither themselves nor through what they import. Those that also need nothing of Node run in browsers.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** The public entry points: source below src, without `.ts`, and the subpath they are published as. */
export const published = {
  'index.ts': 'index',
  'deferred/index.ts': 'deferred',
  'effect/index.ts': 'effect',
  'testing/index.ts': 'testing',
  'thread/index.ts': 'threads',
}

const IMPORT = /^(?:import|export)\s+(?!type\b)(?:[^'";]*?\sfrom\s+)?'([^']+)'|\bimport\('([^']+)'\)/gm

/** What only a server's runtime has, or a file beside the test. */
const SERVER = /\bprocess\.(?!env\.NODE_ENV)|\bglobalThis\.gc\b|\bimport\.meta\b|\bsetImmediate\(/

/** What `npm test` runs on one Node only, and why. */
const HOME = [
  [/^(testing|docs|examples|bundle\.test)/, 'they judge tools for tests, documentation or bundles'],
  [
    /^(wait\/heap|thread\/pool\/limits|deferred\/unhandled)\.test/,
    'they take long and depend little on the runtime',
  ],
]

/** Every module that a file imports, directly or through other test files. */
function importsOf(file, seen = new Map()) {
  if (seen.has(file)) return seen
  const found = new Set()
  seen.set(file, found)
  for (const [, by, late] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
    const name = by ?? late
    const target = name.startsWith('.') ? resolve(dirname(file), name) : name
    if (late !== undefined && !existsSync(target)) continue // it is in a text
    found.add(target)
    if (name.startsWith('.') && !target.startsWith(join(root, 'src'))) importsOf(target, seen)
  }
  return seen
}

/** All test files: whether they need a server's runtime (`node`), and why they are run nowhere but here (`here`). */
export function testFiles() {
  const folder = join(root, 'test')
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts'))
    .sort()
    .map((path) => {
      const imported = importsOf(join(folder, path))
      const modules = [...imported.values()].flatMap((names) => [...names])
      const inside = modules
        .filter((name) => name.startsWith(join(root, 'src')))
        .map((name) => relative(join(root, 'src'), name))
        .filter((name) => !(name in published))
      const node =
        modules.some((name) => name.startsWith('node:')) ||
        [...imported.keys()].some((file) => SERVER.test(readFileSync(file, 'utf8')))
      const tools = modules.some(
        (name) => /^(typescript|vitest\/)/.test(name) || name.startsWith(join(root, 'scripts')),
      )
      const here = tools
        ? 'they judge the repository'
        : inside.length > 0
          ? 'they look inside, and the package shows only its outside'
          : HOME.find(([pattern]) => pattern.test(path))?.[1]
      return { path: `test/${path}`, suite: path.split('/')[0], inside, node, here }
    })
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const { path, inside, node, here } of testFiles())
    console.log(
      path,
      here === undefined ? (node ? 'server' : 'everywhere') : `(${here}: ${inside.join(' ')})`,
    )
