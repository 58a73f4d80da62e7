/** Gives operations their performers. */
import { performers } from '../operation/performers.ts'
import { block } from './block.ts'
import { drive, driveBlocking } from './drive.ts'
import { performPromise, start } from './promise.ts'
import { performTask } from './task.ts'

Object.assign(performers, { start, promise: performPromise, task: performTask, block, drive, driveBlocking })
