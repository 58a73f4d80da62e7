/** The public list of `heddle/threads`. */
export type { ThreadOptions } from './options.ts'
export { portable, type Portable, type PortableReference } from './portable.ts'
export type { ResourceLimits, WorkerFactory } from './spawn.ts'
export { Thread } from './thread.ts'
export { transfer } from './transfer.ts'
