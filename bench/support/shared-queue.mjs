/** Both sides of queues between two threads: this side takes, the other one puts; both wait only where they must. */
import { entry } from './heddle.mjs'

const { SharedQueue, SharedRing } = await entry('index')

const OBJECT = { id: 1, name: 'a name', tags: ['one', 'two'], ok: true }
const BATCH = Array.from({ length: 500 }, (_, i) => i + 0.5)
const BLOCK = new Float64Array(128)
const KILOBYTE = new Uint8Array(1024)

/** Milliseconds for `count` items of one kind, by this side; the other side's answer means nothing. */
const timed = (put, take) => (side, _control, count) => {
  const start = performance.now()
  if (side === 0) take(count)
  else put(count)
  return performance.now() - start
}

export async function routines({ handles }) {
  const [objects, numbers, bytes] = handles.slice(0, 3).map((handle) => SharedQueue.attach(handle))
  const ring = SharedRing.attach(handles[3])
  const into = new Uint8Array(1024)
  const block = new Float64Array(128)
  return {
    objects: timed(
      (count) => {
        for (let i = 0; i < count; i++) void (objects.tryPut(OBJECT) || objects.put(OBJECT).block())
      },
      (count) => {
        for (let i = 0; i < count; i++) void (objects.tryGet() ?? objects.get().block())
      },
    ),
    numbers: timed(
      (count) => {
        for (let i = 0; i < count; i += BATCH.length) numbers.putMany(BATCH).block()
      },
      (count) => {
        for (let i = 0; i < count;) i += numbers.getMany(BATCH.length).block().length
      },
    ),
    bytes: timed(
      (count) => {
        for (let i = 0; i < count; i++) void (bytes.tryPut(KILOBYTE) || bytes.put(KILOBYTE).block())
      },
      (count) => {
        for (let i = 0; i < count; i++) void (bytes.tryGetInto(into) ?? bytes.getInto(into).block())
      },
    ),
    ring: timed(
      (count) => {
        for (let i = 0; i < count * 128;) i += ring.tryWrite(BLOCK) || ring.write(BLOCK).block()
      },
      (count) => {
        for (let i = 0; i < count * 128;) i += ring.tryRead(block) || ring.read(block).block()
      },
    ),
  }
}
