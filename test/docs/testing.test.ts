/** The examples of docs/testing.md: each is run as it stands. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import ts from 'typescript'
import * as vitest from 'vitest'
import * as heddle from '../../src/index.ts'
import * as fastCheck from '../../src/testing/fast-check.ts'
import * as testing from '../../src/testing/index.ts'

const page = readFileSync(new URL('../../docs/testing.md', import.meta.url), 'utf8')
const examples = [...page.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code]) => code!)

/** Runs an example; a `test` in it is run at once. */
async function runExample(code: string): Promise<void> {
  const tests: (() => unknown)[] = []
  const modules: Record<string, unknown> = {
    heddle,
    'heddle/testing': testing,
    'heddle/fast-check': fastCheck,
    'fast-check': { default: fc, __esModule: true },
    vitest: { ...vitest, test: (_: string, body: () => unknown) => tests.push(body) },
  }
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      esModuleInterop: true,
    },
  })
  const body = `return (async () => { ${outputText} })()`
  // oxlint-disable-next-line typescript/no-implied-eval -- the page's own code
  const call = new Function('require', 'exports', body) as (
    require: (name: string) => unknown,
    exports: object,
  ) => Promise<void>
  await call((name) => {
    vitest.expect(Object.keys(modules)).toContain(name)
    return modules[name]
  }, {})
  for (const each of tests) await each()
}

vitest.test('there are examples', () => {
  vitest.expect(examples.length).toBeGreaterThanOrEqual(9)
})

vitest.test.each(examples.map((code, i) => [i + 1, code] as const))('example %i', async (_, code) => {
  await runExample(code)
})

vitest.test('the trace on the page is the one that the first example has', () => {
  const trace = /^```text\n(.*?)^```/ms.exec(page)![1]!.trim().split('\n')
  const scenario = testing.scenario({
    setup: () => ({ balance: 100 }),
    tasks: {
      *deposit(s) {
        const seen = s.balance
        yield* testing.step('asks the bank')
        s.balance = seen + 10
      },
      *withdraw(s) {
        const seen = s.balance
        yield* testing.step('asks the bank')
        s.balance = seen - 10
      },
    },
    atEnd: ({ balance }) => vitest.expect(balance).toBe(100),
  })
  const { violation } = testing.exploreSchedules(scenario)
  vitest.expect(testing.describeViolation(violation!).split('\n')).toEqual(trace)
})
