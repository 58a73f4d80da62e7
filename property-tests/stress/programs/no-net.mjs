// Takes the safety net away: the second look that threads take by themselves now and then would hide a lost wake-up.
// Import it before heddle.
import { workerData } from 'node:worker_threads'

const NEVER = 600_000
const { period } = workerData
const { setInterval } = globalThis
const { wait } = Atomics

globalThis.setInterval = (f, ms, ...rest) => setInterval(f, ms === period ? NEVER : ms, ...rest)
Atomics.wait = (words, at, value, ms) => wait(words, at, value, ms === period ? NEVER : ms)
