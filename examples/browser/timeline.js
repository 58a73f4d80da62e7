/** Who did what in the last ten seconds: one line each, one column a frame. */
import { EATS, WAITS } from './board.js'

const SPAN = 10_000

export class Timeline {
  constructor(canvas) {
    this.canvas = canvas
    this.context = canvas.getContext('2d')
    const style = getComputedStyle(document.documentElement)
    this.colours = ['thinks', 'waits', 'eats'].map((name) => style.getPropertyValue(`--${name}`))
    this.clear(5)
  }

  clear(seats) {
    this.canvas.height = 28 * seats
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height)
    this.last = undefined
  }

  /** Moves what is there to the left by the time that passed, and adds what is now. */
  draw(board, time) {
    const { canvas, context } = this
    this.last ??= time
    const passed = Math.round(((time - this.last) / SPAN) * canvas.width)
    if (passed < 1) return
    this.last = time
    context.globalCompositeOperation = 'copy'
    context.drawImage(canvas, -passed, 0)
    context.globalCompositeOperation = 'source-over'
    for (let seat = 0; seat < board.seats; seat++) {
      const state = board.state(seat)
      context.fillStyle = this.colours[state === EATS ? 2 : state === WAITS ? 1 : 0]
      const height = state === EATS ? 20 : state === WAITS ? 12 : 5
      context.fillRect(canvas.width - passed, 28 * seat + 24 - height, passed, height)
    }
  }
}
