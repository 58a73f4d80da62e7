// The whole verification, cheapest first; stops at the first step that fails.
import { spawnSync } from 'node:child_process'

const steps = [
  ['Format', 'format:check'],
  ['Lint', 'lint'],
  ['Types', 'typecheck'],
  ['Build', 'build'],
  ['Tests', 'test:all'],
  ['Package', 'check:package'],
]

for (const [title, script] of steps) {
  console.log(`\n=== ${title} (npm run ${script}) ===\n`)
  const start = performance.now()
  const { status, signal, error } = spawnSync(`npm run --silent ${script}`, { stdio: 'inherit', shell: true })
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  if (status !== 0) {
    console.error(
      `\n=== ${title} FAILED after ${seconds} s (${error?.message ?? signal ?? `exit status ${status}`}) ===`,
    )
    process.exit(1)
  }
  console.log(`\n=== ${title} passed in ${seconds} s ===`)
}
