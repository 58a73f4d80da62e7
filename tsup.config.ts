import { defineConfig } from 'tsup'
import { entries } from './scripts/entries.ts'

export default defineConfig({
  entry: entries,
  format: ['esm'],
  platform: 'neutral',
  target: 'es2022',
  tsconfig: 'tsconfig.src.json',
  dts: true,
  // tsup would turn "node:x" into "x".
  removeNodeProtocol: false,
  splitting: true,
  sourcemap: true,
  treeshake: false,
  clean: true,
})
