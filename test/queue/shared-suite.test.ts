import { SharedQueue } from '../../src/index.ts'
import { queueSuite } from '../support/queue-suite.ts'

for (const codec of ['structured', 'numbers'] as const)
  for (const isShared of [false, true])
    queueSuite(`SharedQueue, ${codec}, ${isShared ? 'shared' : 'not shared yet'}`, {
      make: (capacity = 1_000) => {
        const queue = new SharedQueue<number>({ capacity, codec })
        if (isShared) void queue.handle
        return queue
      },
      bounded: true,
    })
