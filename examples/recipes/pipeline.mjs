// A pipeline with back-pressure: a task for each stage, and a small queue between two of them. A slow stage slows down those
// before it, so that memory stays bounded; the end of the source runs through; the first failure ends them all.
import { each, group, Queue, sleep } from 'heddle'
import { inVirtualTime } from 'heddle/testing'

/** `stages` are generator functions of an item; what one returns goes to the next, what the last returns is left. */
export function* pipeline(source, stages, { capacity = 1 } = {}) {
  yield* group(function* (g) {
    let input = source
    for (const stage of stages.slice(0, -1)) {
      const output = new Queue(capacity)
      const from = input
      g.spawn(function* () {
        yield* each(from, function* (item) {
          yield* output.put(yield* stage(item))
        })
        output.shutdown()
      })
      input = output
    }
    yield* each(input, stages.at(-1))
  })
}

function* main(clock) {
  const say = (text) => console.log(`${clock.now()} ms: ${text}`)
  function* numbers() {
    for (let n = 1; n <= 6; n++) {
      say(`${n} enters`)
      yield n
    }
  }
  yield* pipeline(numbers(), [
    function* (n) {
      yield* sleep(1)
      return n * n
    },
    function* (n) {
      yield* sleep(10)
      return `<${n}>`
    },
    function* (text) {
      say(`${text} leaves`)
    },
  ])
}

if (process.argv[1] === import.meta.filename) inVirtualTime(main)
