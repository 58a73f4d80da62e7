import { build } from 'esbuild'

/** What tsup hands to a plugin of esbuild, as far as it is used here. */
interface Build {
  onEnd: (end: () => Promise<void>) => void
}

/**
 * Builds the parser of self-contained functions once more, as CommonJS: a function is refused at once, where it is given,
 * and only `require` loads at once. (An ES module that is required makes Node 20 and 22 warn.)
 */
export const parser = {
  name: 'parser',
  setup({ onEnd }: Build): void {
    onEnd(async () => {
      await build({
        entryPoints: ['src/thread/self-contained-scope.ts'],
        outfile: 'dist/self-contained.cjs',
        bundle: true,
        format: 'cjs',
        target: 'es2022',
        minify: true,
      })
    })
  },
}
