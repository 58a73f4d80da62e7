/** `Pool(5).map(square, [1, 2, 3])`, and `Pool(8).map` over more. */
import { Pool } from 'heddle/threads'
import { isPrime, square } from './functions.mjs'

const five = new Pool({ workers: 5 })
console.log(await five.map(square, [1, 2, 3]))

const eight = new Pool({ workers: 8 })
const numbers = Array.from({ length: 10_000 }, (_, i) => i)
const primes = await eight.map(isPrime, numbers)
console.log(`${primes.filter(Boolean).length} primes below ${numbers.length}`)
// The process ends by itself: threads without work do not hold it.
