import { defineConfig } from 'tsup'
import { apart, entries } from './scripts/entries.ts'
import { noEval } from './scripts/no-eval.ts'
import { parser } from './scripts/parser.ts'

export default defineConfig({
  entry: { ...entries, ...apart },
  format: ['esm'],
  platform: 'neutral',
  target: 'es2022',
  tsconfig: 'tsconfig.src.json',
  dts: { entry: entries },
  // tsup would turn "node:x" into "x".
  removeNodeProtocol: false,
  splitting: true,
  sourcemap: true,
  treeshake: false,
  clean: true,
  esbuildPlugins: [noEval, parser],
})
