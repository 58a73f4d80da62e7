// A coroutine that takes two values and yields their sum.
import { coroutine } from 'heddle'

const adder = coroutine(function* () {
  const a = yield
  const b = yield
  yield a + b
})
adder.next()
adder.send(1)
console.log(adder.send(2))
