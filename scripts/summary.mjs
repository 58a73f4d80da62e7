// Prints `N passed, N failed`, summed over the JSON reports in a folder: summary.mjs <folder> <exit status of the run>.
// A test file that could not be run counts as one failure, and so does a run that failed outside of any test.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const [folder, status] = process.argv.slice(2)
let passed = 0
let failed = 0

for (const name of existsSync(folder) ? readdirSync(folder) : []) {
  const report = JSON.parse(readFileSync(join(folder, name), 'utf8'))
  passed += report.numPassedTests
  failed += report.numFailedTests
  for (const file of report.testResults) {
    const broken = file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed')
    if (broken) failed += 1
  }
}

if (failed === 0 && (status !== '0' || passed === 0)) failed = 1
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
