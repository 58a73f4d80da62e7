// A coroutine that says two words in turn. Send it another one, and it says that in place of the word it said last.
import { coroutine } from 'heddle'

const clock = coroutine(function* () {
  const words = ['tick', 'tock']
  for (let turn = 0; ; turn = 1 - turn) {
    for (;;) {
      const word = words[turn]
      const better = yield word
      if (typeof better !== 'string') break
      words[turn] = better
      yield `(Okay, ${better} not ${word}.)`
    }
  }
})

const said = []
const hear = (times) => {
  for (let i = 0; i < times; i++) said.push(clock.next())
}
hear(3)
said.push(clock.send('bip'))
hear(4)
said.push(clock.send('bop'))
hear(4)
console.log(said.join(' '))
clock.close()
