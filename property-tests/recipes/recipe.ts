import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as heddle from 'heddle'
import * as testing from 'heddle/testing'
import { describe, expect, test } from 'vitest'

/** Throws if it does not hold of what the recipe exports. */
export type Property = (recipe: any) => void

/** A text of the recipe and what is there instead, or a part of the text that is left out. */
export type Fault = string | readonly [string, string]

const modules: Record<string, unknown> = { heddle, 'heddle/testing': testing }

/** The recipe as its readers run it: plain JavaScript. With a fault: its text, changed in that place. */
async function load(name: string, fault?: Fault): Promise<unknown> {
  const file = fileURLToPath(new URL(`../../examples/recipes/${name}.mjs`, import.meta.url))
  if (fault === undefined) return import(file)
  const [right, wrong] = typeof fault === 'string' ? [fault, ''] : fault
  const text = readFileSync(file, 'utf8')
  expect(text.split(right), `${right} stands once in ${name}`).toHaveLength(2)
  const exported = [...text.matchAll(/^export (?:class|const|function\*?) (\w+)/gm)].map(([, each]) => each)
  const code = text
    .replace(right, () => wrong)
    .replaceAll(/^import (.*) from '(.*)'$/gm, "const $1 = modules['$2']")
    .replaceAll(/^export /gm, '')
    .replace('import.meta.filename', 'undefined')
  // oxlint-disable-next-line typescript/no-implied-eval -- a text of this repository
  return new Function('modules', `${code}\nreturn { ${exported.join(', ')} }`)(modules)
}

/** Tests that all properties hold, and that of the recipe with each fault one of them does not. */
export function prove(
  name: string,
  properties: Readonly<Record<string, Property>>,
  faults: Readonly<Record<string, Fault>>,
): void {
  describe(name, () => {
    test.each(Object.entries(properties))('%s', async (_, property) => property(await load(name)))

    test.each(Object.entries(faults))('the tests see when %s', async (_, fault) => {
      const broken = await load(name, fault)
      expect(() => {
        for (const property of Object.values(properties)) property(broken)
      }).toThrow()
    })
  })
}
