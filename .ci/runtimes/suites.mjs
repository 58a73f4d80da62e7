// Which test files judge the package from outside: those that see nothing of the source but the public entry points,
// neither themselves nor through what they import. Those that also need nothing of Node run in browsers.
import { readdirSync, readFileSync } from 'node:fs'
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

const IMPORT = /^(?:import|export)\s+(?!type\b)(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm

/** What only a server's runtime has, or a file beside the test. */
const SERVER = /\bprocess\.(?!env\.NODE_ENV)|\bglobalThis\.gc\b|\bimport\.meta\b|\bsetImmediate\(/

/** Every module that a file imports, directly or through other test files. */
function importsOf(file, seen = new Map()) {
  if (seen.has(file)) return seen
  const found = new Set()
  seen.set(file, found)
  for (const [, name] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
    const target = name.startsWith('.') ? resolve(dirname(file), name) : name
    found.add(target)
    if (name.startsWith('.') && !target.startsWith(join(root, 'src'))) importsOf(target, seen)
  }
  return seen
}

/** All test files, with what keeps each from running on the packed package or in a browser. */
export function testFiles() {
  const folder = join(root, 'test')
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts'))
    .sort()
    .map((path) => {
      const modules = [...importsOf(join(folder, path)).values()].flatMap((names) => [...names])
      const inside = modules
        .filter((name) => name.startsWith(join(root, 'src')))
        .map((name) => relative(join(root, 'src'), name))
        .filter((name) => !(name in published))
      const source = readFileSync(join(folder, path), 'utf8')
      const node = modules.some((name) => name.startsWith('node:')) || SERVER.test(source)
      const tools = modules.some(
        (name) => /^(typescript|vitest\/)/.test(name) || name.startsWith(join(root, 'scripts')),
      )
      return { path: `test/${path}`, suite: path.split('/')[0], inside, node, tools }
    })
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const { path, inside, node, tools } of testFiles())
    console.log(
      path,
      tools
        ? '(repository)'
        : inside.length > 0
          ? `(inside: ${inside.join(' ')})`
          : node
            ? 'server'
            : 'everywhere',
    )
