import { InlineExecutor, sleep, TaskExecutor, until } from '../../src/index.ts'
import { type ExecutorKind, executorSuite, type SuiteFunctions } from '../support/executor-suite.ts'

const asynchronous: SuiteFunctions = {
  add: async (a, b) => a + b,
  fail: async (message) => {
    throw new RangeError(message)
  },
  late: async (milliseconds) => {
    await sleep(milliseconds, { ref: false })
    return milliseconds
  },
}

const tasks: SuiteFunctions = {
  *add(a, b) {
    yield* until(Promise.resolve())
    return a + b
  },
  *fail(message) {
    throw new RangeError(message)
  },
  *late(milliseconds) {
    yield* sleep(milliseconds)
    return milliseconds
  },
}

const hold: ExecutorKind['hold'] = (executor) => {
  ;(executor as TaskExecutor).pause()
  return () => (executor as TaskExecutor).resume()
}

for (const [of, functions] of Object.entries({ 'async functions': asynchronous, tasks })) {
  executorSuite({
    name: `TaskExecutor of ${of}`,
    make: (options) => new TaskExecutor({ concurrency: 2, ...options }),
    functions,
    queues: true,
    hold,
  })
  executorSuite({
    name: `InlineExecutor of ${of}`,
    make: (options) => new InlineExecutor(options),
    functions,
    queues: false,
  })
}
