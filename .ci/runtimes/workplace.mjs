// Packs the built package and lays out a folder outside of the repository in which the tests see nothing else: the tarball as the
// dependency `heddle`, and in the place of each entry point's source one line that hands on the package's.
import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { published, root } from './suites.mjs'

/** Unpacks the package below a folder; gives the folder of the package. */
export function unpacked(folder) {
  if (!existsSync(join(root, 'dist/index.js'))) throw new Error('dist is missing: run `npm run build` first')
  mkdirSync(folder, { recursive: true })
  const output = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [{ filename }] = JSON.parse(output)
  execFileSync('tar', ['xzf', join(folder, filename), '-C', folder])
  return join(folder, 'package')
}

/** Links everything in the repository's node_modules, and the package as `heddle`. */
function linked(folder, home) {
  mkdirSync(folder)
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name === '.cache' || name.startsWith('.vite')) continue
    symlinkSync(join(root, 'node_modules', name), join(folder, name))
  }
  symlinkSync(home, join(folder, 'heddle'))
}

/** The folder, and how to remove it. */
export function workplace() {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-runtimes-'))
  const home = unpacked(folder)
  linked(join(folder, 'node_modules'), home)
  for (const each of ['test', 'docs']) cpSync(join(root, each), join(folder, each), { recursive: true })
  // Without the paths of the repository's own, which Bun would follow. Some programs ask for the built package by its file.
  const compilerOptions = { target: 'ES2022', verbatimModuleSyntax: true }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
  cpSync(join(home, 'dist'), join(folder, 'dist'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  for (const [source, name] of Object.entries(published)) {
    const path = join(folder, 'src', source)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, `export * from '${name === 'index' ? 'heddle' : `heddle/${name}`}'\n`)
  }
  return { folder, home, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
