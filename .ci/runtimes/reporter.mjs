// Tells the runner, line by line, which test file began and how each ended, so that a file that hangs costs nothing but itself.
import { appendFileSync } from 'node:fs'

const told = process.env.HEDDLE_TOLD
const tell = (what) => appendFileSync(told, `${JSON.stringify(what)}\n`)

export default class Teller {
  onTestModuleCollected(module) {
    tell({ began: module.relativeModuleId })
  }

  onTestModuleEnd(module) {
    const tests = [...module.children.allTests()].map((test) => {
      const { state, errors = [] } = test.result()
      return { name: test.fullName, state, errors: errors.map(textOf) }
    })
    tell({ ended: module.relativeModuleId, tests, errors: module.errors().map(textOf) })
  }

  onTestRunEnd(_modules, unhandled) {
    tell({ done: true, unhandled: unhandled.map(textOf) })
  }
}

function textOf({ name, message, stack, stacks }) {
  const place = stacks?.[0] ? ` (${stacks[0].file}:${stacks[0].line})` : (stack?.split('\n')[1] ?? '')
  return `${name}: ${message}${place}`
}
