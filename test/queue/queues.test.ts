import { LifoQueue, PriorityQueue, Queue } from '../../src/index.ts'
import { ConditionQueue } from '../support/condition-queue.ts'
import { queueSuite } from '../support/queue-suite.ts'

queueSuite('Queue', { make: (capacity) => new Queue(capacity) })
queueSuite('LifoQueue', { make: (capacity) => new LifoQueue(capacity), lifo: true })
queueSuite('PriorityQueue', { make: (capacity) => new PriorityQueue(capacity) })
queueSuite('PriorityQueue with compare, the largest first', {
  make: (capacity) => new PriorityQueue({ capacity, compare: (a, b) => b - a }),
  lifo: true,
})

queueSuite('a queue made of Lock and Condition', {
  make: (capacity) => new ConditionQueue(capacity),
  procedures: true,
})
