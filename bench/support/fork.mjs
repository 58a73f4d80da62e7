/** Runs one row in a process of its own. */
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const child = fileURLToPath(new URL('child.mjs', import.meta.url))
const LONGEST = 120_000

export function runRow(node, url, index, rounds) {
  return new Promise((resolve, reject) => {
    let result
    const row = fork(child, [url, String(index), String(rounds)], {
      execPath: node,
      execArgv: ['--expose-gc'],
      env: { ...process.env, NODE_ENV: 'production' },
      timeout: LONGEST,
    })
    row.on('message', (message) => (result = message))
    row.on('error', reject)
    row.on('close', (code, signal) => {
      if (result !== undefined) resolve(result)
      else reject(new Error(`ended by ${signal ?? `exit ${code}`} without a result`))
    })
  })
}
