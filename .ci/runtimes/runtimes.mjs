// The runtimes, how each is started, and how they are fetched: by npm with a lock file of their own, the browsers by apt.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './suites.mjs'

export const here = join(root, '.ci/runtimes')
const bin = (path) => join(here, 'node_modules', path)

/** The command that runs a program. The browsers are driven by a program of this Node. */
export const runtimes = {
  node20: [process.execPath],
  node22: [bin('node22/bin/node')],
  node24: [bin('node24/bin/node')],
  node26: [bin('node26/bin/node')],
  bun: [bin('.bin/bun'), '--bun'],
  deno: [bin('.bin/deno'), 'run', '-A', '--node-modules-dir=manual'],
  chromium: [process.execPath],
  'chromium-alone': [process.execPath],
  firefox: [process.execPath],
  'firefox-alone': [process.execPath],
}

export const isBrowser = (name) => /^(chromium|firefox)/.test(name)

export function install(names) {
  const done = spawnSync('npm', ['ci', '--silent', '--no-audit', '--no-fund'], {
    cwd: here,
    stdio: 'inherit',
  })
  if (done.status !== 0)
    throw new Error('the runtimes could not be installed: `npm ci` failed in .ci/runtimes')
  if (names.some(isBrowser)) installBrowsers()
  if (names.includes('node20') && !process.version.startsWith('v20.'))
    throw new Error(
      `node20 is the Node that runs this script, and that is ${process.version}: start it with Node 20`,
    )
  for (const name of names) {
    const [command, ...options] = runtimes[name]
    if (isBrowser(name)) continue
    const flags = options.filter((option) => option === '--bun')
    const { status, error } = spawnSync(command, [...flags, '--version'], { stdio: 'ignore' })
    if (status !== 0)
      throw new Error(
        `${name} does not start on this machine (${error?.message ?? `exit status ${status}`}): ${command}`,
      )
  }
}

function installBrowsers() {
  const there = () => existsSync('/usr/bin/chromium') && existsSync('/usr/bin/firefox-esr')
  if (there()) return
  const apt = (...options) =>
    spawnSync('apt-get', options, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0
  const done =
    apt('update', '-q') && apt('install', '-q', '-y', '--no-install-recommends', 'chromium', 'firefox-esr')
  if (!done || !there())
    throw new Error(
      '/usr/bin/chromium and /usr/bin/firefox-esr are needed, and apt-get could not install them',
    )
}
