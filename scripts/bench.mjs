// Installs the peers of the benchmarks where they are missing or out of date, builds, and runs the tables.
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))

const installed = 'bench/node_modules/.package-lock.json'
if (!existsSync(installed) || statSync(installed).mtimeMs < statSync('bench/package-lock.json').mtimeMs) {
  run('npm', ['ci', '--prefix', 'bench', '--no-audit', '--no-fund'])
}
run('npm', ['run', '--silent', 'build'])
run(process.execPath, ['bench/run.mjs', ...process.argv.slice(2)])

function run(command, args) {
  const shell = command === 'npm' && process.platform === 'win32'
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', shell })
  if (error) console.error(error.message)
  if (status !== 0) process.exit(status ?? 1)
}
