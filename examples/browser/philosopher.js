/** One philosopher: a thread that sleeps, in each of its waits, until it gets what it waits for or is told to stop. */
import { attach, choose, sleep } from '/heddle/index.js'
import { Board, EATS, NONE, THINKS, WAITS } from './board.js'

const STOP = Symbol('stop')

addEventListener('message', ({ data: { seat, seats, memory, handles, variant } }) => {
  const board = new Board(seats, memory)
  const forks = handles.forks.map((handle) => attach(handle))
  const stop = attach(handles.stop)
  const chairs = attach(handles.chairs)
  const left = seat
  const right = (seat + 1) % seats

  /** Waits for it, or stops. */
  const wait = (operation) => choose.biased([stop.wait().map(() => STOP), operation]).block()
  /** Half to one and a half times `share` of the pace. */
  const pass = (share) => wait(sleep(board.pace * share * (0.5 + Math.random())))

  /** Calls `next` with a fork in hand. */
  const withFork = (fork, next) => {
    board.waits(seat, fork)
    board.enters(seat, WAITS)
    const held = wait(forks[fork].acquire())
    board.waits(seat, NONE)
    if (held === STOP) return STOP
    board.heldBy(fork, seat)
    try {
      return next()
    } finally {
      board.heldBy(fork, NONE)
      held.release()
    }
  }

  const eat = () => {
    board.enters(seat, EATS)
    return pass(1)
  }

  const meals = {
    // Everybody takes the fork with the lower number first: no circle can close.
    ordered: () => withFork(Math.min(left, right), () => withFork(Math.max(left, right), eat)),
    // One chair less than philosophers: somebody at the table always has both forks within reach.
    chairs: () => {
      board.enters(seat, WAITS)
      const chair = wait(chairs.acquire())
      if (chair === STOP) return STOP
      try {
        return withFork(left, () => withFork(right, eat))
      } finally {
        chair.release()
      }
    },
    // Everybody takes the left fork and thinks on: sooner or later all hold one and wait for the other.
    'left first': () => withFork(left, () => (pass(2) === STOP ? STOP : withFork(right, eat))),
  }

  let got
  do {
    board.enters(seat, THINKS)
    got = pass(1)
    if (got !== STOP) got = meals[variant]()
  } while (got !== STOP)
  board.enters(seat, THINKS)
  postMessage('left')
})
postMessage('ready')
