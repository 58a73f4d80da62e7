/** Codecs: how values travel as bytes. A chunk of its own, so that whoever sends nothing does not carry it. */
export type { Codec } from './codec.ts'
export { structured } from './structured.ts'
