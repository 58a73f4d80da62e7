/** Median, minimum and maximum: what every figure is given as. */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b)
  return { median: quantile(sorted, 0.5), min: sorted[0], max: sorted.at(-1) }
}

/** The value below which the fraction `q` of the sorted values lies. */
export function quantile(sorted, q) {
  const place = q * (sorted.length - 1)
  const below = Math.floor(place)
  const above = Math.min(below + 1, sorted.length - 1)
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below)
}
