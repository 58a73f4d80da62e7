/** Prints the rows of one subject. */
const HEADINGS = ['operation', 'who', 'median', '(min to max)', 'Heddle / it', '(min to max)', 'goal']

export function table(subject, rows) {
  const lines = [HEADINGS, ...rows.flatMap(linesOf)]
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((line) => line[column].length)))
  const text = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd(),
  )
  text.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '))
  return [subject, ...text].join('\n')
}

function linesOf({ operation, unit, measured, goals, failed }) {
  if (failed !== undefined) return [[operation, `failed: ${failed}`, '', '', '', '', '']]
  return measured.map((one, index) => [
    index === 0 ? operation : '',
    one.note === undefined ? one.name : `${one.name} (${one.note})`,
    shown(one.median, unit),
    `(${shown(one.min, '')} to ${shown(one.max, '')})`,
    one.ratio === undefined ? '' : figure(one.ratio.median),
    one.ratio === undefined ? '' : `(${figure(one.ratio.min)} to ${figure(one.ratio.max)})`,
    goals
      .filter(({ over }) => (over ?? measured[0].name) === one.name)
      .map((goal) => verdict(goal, unit))
      .join(', '),
  ])
}

function verdict({ atMost, over, value }, unit) {
  const goal = `at most ${over === null ? shown(atMost, unit) : figure(atMost)}`
  return value <= atMost
    ? `${goal}: reached`
    : `${goal}: missed by ${Math.round((value / atMost - 1) * 100)} %`
}

function shown(value, unit) {
  return unit === '' ? figure(value) : `${figure(value)} ${unit}`
}

function figure(value) {
  if (value >= 1000) return value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ',')
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
