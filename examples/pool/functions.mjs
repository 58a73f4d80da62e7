/** What the workers of these examples run: each worker loads this module. */
import { portable } from 'heddle/threads'

export const square = portable(import.meta.url, 'square', (x) => x * x)

export const isPrime = portable(import.meta.url, 'isPrime', (n) => {
  if (n % 2 === 0) return n === 2
  for (let i = 3; i * i <= n; i += 2) if (n % i === 0) return false
  return n > 1
})

export const divide = portable(import.meta.url, 'divide', (a, b) => {
  if (b === 0) throw new RangeError(`${a} cannot be divided by 0`)
  return a / b
})

export const fetchUrl = portable(import.meta.url, 'fetchUrl', async (url) => {
  console.log(`GET ${url}`)
  const response = await fetch(url)
  const { length } = await response.text()
  console.log(`FIN ${url}`)
  return { url, status: response.status, length }
})
