/** The public list of `heddle/threads`. */
export { portable, type Portable, type PortableReference } from './portable.ts'
export { Thread, type ThreadOptions } from './thread.ts'
