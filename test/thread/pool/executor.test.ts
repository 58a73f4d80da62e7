import * as core from 'heddle'
import { ThreadPoolExecutor } from 'heddle/threads'
import { executorSuite } from '../../support/executor-suite.ts'
import { functions } from './functions.ts'

const { add, fail, late } = functions

executorSuite({
  name: 'ThreadPoolExecutor',
  make: (options) => new ThreadPoolExecutor({ maxWorkers: 2, grace: 20, ...options }),
  functions: { add, fail, late },
  queues: true,
  core,
  hold(executor) {
    ;(executor as ThreadPoolExecutor).pause()
    return () => (executor as ThreadPoolExecutor).resume()
  },
})
