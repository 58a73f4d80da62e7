/** The round table as a picture, and as rows of text for everybody who does not see it. */
import { EATS, WAITS } from './board.js'

export const names = [
  'Hypatia',
  'Confucius',
  'Avicenna',
  'Arendt',
  'Kant',
  'Spinoza',
  'Laozi',
  'Weil',
  'Hume',
  'Diotima',
]

const SVG = 'http://www.w3.org/2000/svg'

/** In words, and as a class of the style sheet. */
const words = (state) => (state === EATS ? 'eats' : state === WAITS ? 'waits' : 'thinks')

function at(share, radius) {
  const angle = 2 * Math.PI * share - Math.PI / 2
  return [radius * Math.cos(angle), radius * Math.sin(angle)]
}

function shape(name, attributes) {
  const element = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  return element
}

export class Table {
  constructor(svg, rows) {
    this.svg = svg
    this.rows = rows
  }

  lay(seats) {
    this.svg.replaceChildren(shape('circle', { r: 60, fill: 'none', stroke: 'currentColor' }))
    this.rows.replaceChildren()
    this.seats = Array.from({ length: seats }, (_, seat) => {
      const [x, y] = at(seat / seats, 88)
      const circle = shape('circle', { cx: x, cy: y, r: 16, class: 'seat thinks' })
      const label = shape('text', { x, y: y + 27 })
      label.textContent = names[seat]
      this.svg.append(circle, label)
      const row = document.createElement('tr')
      const cells = ['th', 'td', 'td'].map((name) => row.appendChild(document.createElement(name)))
      cells[0].scope = 'row'
      cells[0].textContent = names[seat]
      this.rows.append(row)
      return { circle, state: cells[1], meals: cells[2] }
    })
    this.forks = Array.from({ length: seats }, () => this.svg.appendChild(shape('line', { class: 'fork' })))
  }

  draw(board, circle) {
    this.seats.forEach(({ circle: drawn, state, meals }, seat) => {
      const word = words(board.state(seat))
      drawn.setAttribute('class', `seat ${word}${circle.includes(seat) ? ' stuck' : ''}`)
      const fork = board.waitsFor(seat)
      put(state, fork < 0 ? word : `waits for fork ${fork + 1}`)
      put(meals, String(board.meals(seat)))
    })
    this.forks.forEach((line, fork) => {
      // Fork n lies between philosophers n - 1 and n; who holds it has it before them.
      const holder = board.holder(fork)
      const between = fork - 0.5
      const share = (holder < 0 ? between : between + (holder === fork ? 0.3 : -0.3)) / this.seats.length
      const [x1, y1] = at(share, holder < 0 ? 40 : 48)
      const [x2, y2] = at(share, holder < 0 ? 56 : 68)
      for (const [key, value] of Object.entries({ x1, y1, x2, y2 })) line.setAttribute(key, value)
    })
  }
}

/** Changes the text only where it is another one, so that nothing is read out twice. */
function put(cell, text) {
  if (cell.textContent !== text) cell.textContent = text
}
