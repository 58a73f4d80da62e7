/** The page: starts and stops the threads, and draws what their board says at every frame. */
import { Event, Lock, Semaphore, SharingError } from 'heddle'
import { Board } from './board.js'
import { names, Table } from './table.js'
import { Timeline } from './timeline.js'

const find = (id) => document.getElementById(id)
const controls = find('controls')
const status = find('status')
const table = new Table(find('table'), find('rows'))
const timeline = new Timeline(find('timeline'))

/** What runs now. */
let dinner

/** How long a circle of waits has to last before it is told: every wait is over in a moment if somebody can eat. */
const PATIENCE = 500

class Dinner {
  constructor(seats, variant, pace) {
    this.seats = seats
    this.stop = new Event()
    const handles = {
      forks: Array.from({ length: seats }, () => new Lock().handle),
      chairs: new Semaphore(seats - 1).handle,
      stop: this.stop.handle,
    }
    this.board = new Board(seats)
    this.board.clear(pace)
    this.threads = Array.from({ length: seats }, (_, seat) => {
      const thread = new Worker(new URL('philosopher.js', import.meta.url), { type: 'module' })
      const begin = { seat, seats, memory: this.board.memory, handles, variant }
      thread.addEventListener('message', ({ data }) => data === 'ready' && thread.postMessage(begin))
      thread.addEventListener('error', (event) =>
        tell(`Philosopher ${seat + 1} failed: ${event.message}`, true),
      )
      return thread
    })
  }

  /** Everybody lays down the forks and leaves. */
  async end() {
    const left = this.threads.map(
      (thread) =>
        new Promise((resolve) => {
          thread.addEventListener('message', ({ data }) => data === 'left' && resolve())
        }),
    )
    this.stop.set()
    await Promise.all(left)
    for (const thread of this.threads) thread.terminate()
  }

  /** The circle of waits, once it has lasted. */
  circle(time) {
    const cycle = this.board.cycle()
    const key = cycle.join()
    if (key !== this.suspect) {
      this.suspect = key
      this.since = time
    }
    return cycle.length > 0 && time - this.since > PATIENCE ? cycle : []
  }
}

function tell(text, stuck = false) {
  if (status.textContent !== text) status.textContent = text
  status.classList.toggle('stuck', stuck)
}

function show() {
  find('seats-shown').textContent = find('seats').value
  find('pace-shown').textContent = `${find('pace').value} ms`
}

function draw(time) {
  if (dinner === undefined) return
  const { board } = dinner
  const circle = dinner.circle(time)
  table.draw(board, circle)
  timeline.draw(board, time)
  if (circle.length > 0) {
    const waits = circle.map((seat) => `${names[seat]} waits for fork ${board.waitsFor(seat) + 1}`)
    tell(`Deadlock: ${waits.join(', ')}, and so on in a circle.`, true)
  }
  requestAnimationFrame(draw)
}

async function start() {
  const seats = Number(find('seats').value)
  try {
    dinner = new Dinner(seats, find('variant').value, Number(find('pace').value))
  } catch (error) {
    tell(error instanceof SharingError ? `This page is not isolated: ${error.message}` : String(error), true)
    return
  }
  table.lay(seats)
  timeline.clear(seats)
  tell(`${seats} philosophers dine.`)
  find('start').textContent = 'Stop'
  requestAnimationFrame(draw)
}

async function stop() {
  const ending = dinner
  dinner = undefined
  await ending.end()
  table.draw(ending.board, [])
  find('start').textContent = 'Start'
  const meals = Array.from({ length: ending.seats }, (_, seat) => ending.board.meals(seat))
  tell(`They left after ${meals.reduce((sum, each) => sum + each, 0)} meals.`)
}

let turn = Promise.resolve()

controls.addEventListener('submit', (event) => {
  event.preventDefault()
  turn = turn.then(() => (dinner === undefined ? start() : stop()))
})
controls.addEventListener('input', () => {
  show()
  if (dinner !== undefined) dinner.board.pace = Number(find('pace').value)
})
for (const id of ['seats', 'variant'])
  find(id).addEventListener('change', () => {
    // Another table is another dinner.
    if (dinner !== undefined) turn = turn.then(stop).then(start)
  })

show()
table.lay(Number(find('seats').value))
tell('Press Start.')
