/** Gives operations their performers. */
import { performers } from '../operation/performers.ts'
import { block } from './block.ts'
import { begin, drive, driveBlocking } from './drive.ts'
import { parkForCallbacks, performPromise } from './promise.ts'
import { performTask } from './task.ts'

Object.assign(performers, {
  promise: performPromise,
  park: parkForCallbacks,
  task: performTask,
  block,
  begin,
  drive,
  driveBlocking,
})
