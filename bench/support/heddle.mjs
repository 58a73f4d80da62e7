/** The build that is measured. */
import { pathToFileURL } from 'node:url'

const dist = process.env.HEDDLE_BENCH_DIST

/** An entry point of the built package. */
export const entry = (name) =>
  import(
    dist === undefined
      ? new URL(`../../dist/${name}.js`, import.meta.url)
      : pathToFileURL(`${dist}/${name}.js`)
  )

export const { always, Lock, Procedure } = await entry('index')
