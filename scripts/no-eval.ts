import { readFile } from 'node:fs/promises'

/** What tsup hands to a plugin of esbuild, as far as it is used here. */
interface Build {
  onLoad(
    options: { filter: RegExp },
    load: (file: { path: string }) => Promise<{ contents: string; loader: 'js' }>,
  ): void
}

/**
 * Builds msgpackr without its way to make code of data: it tries whether that is forbidden, and here it is. Its own
 * form without `Function` differs in the same word, but is CommonJS.
 */
export const noEval = {
  name: 'no-eval',
  setup(build: Build): void {
    build.onLoad({ filter: /[\\/]msgpackr[\\/]unpack\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8')
      const contents = source.replaceAll('new Function', 'new BlockedFunction')
      if (contents === source) throw new Error(`${path} makes no code any more: this plugin can go`)
      return { contents, loader: 'js' }
    })
  },
}
