/** A pipeline: a thread puts readings into a queue of ten places, and a stream takes, groups and sums them. */
import { Effect, Stream } from 'effect'
import { SharedQueue } from 'heddle'
import { toStream } from 'heddle/effect'
import { Thread } from 'heddle/threads'
import { measure, readings } from './functions.mjs'

const queue = new SharedQueue({ capacity: 10, codec: readings })
const producer = new Thread(measure, { args: [queue.handle, 1000] }).start()

const sums = toStream(queue).pipe(
  Stream.filter(({ at }) => at.getTime() > 500_000),
  Stream.runFold(
    () => ({ even: 0, odd: 0 }),
    (sums, { sensor, value }) => ({ ...sums, [sensor]: sums[sensor] + value }),
  ),
)
console.log(await Effect.runPromise(sums))
await producer.join()
