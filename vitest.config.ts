import { defineConfig, type TestProjectConfiguration } from 'vitest/config'

const unit: TestProjectConfiguration = {
  test: {
    name: 'unit',
    pool: 'forks',
    include: ['test/**/*.test.ts'],
    // Many start processes and threads, of which a busy machine of two cores starts a few a second.
    testTimeout: 30_000,
    typecheck: {
      enabled: true,
      include: ['test/types/**/*.test-d.ts'],
      tsconfig: 'tsconfig.json',
      // The rest of the source has its own step, npm run typecheck.
      ignoreSourceErrors: true,
    },
  },
}

const properties: TestProjectConfiguration = {
  test: {
    name: 'properties',
    pool: 'forks',
    include: ['property-tests/**/*.test.ts'],
    exclude: ['property-tests/**/*.long.test.ts'],
    testTimeout: 60_000,
  },
}

/** Run by `npm run test:long` only. */
const long: TestProjectConfiguration = {
  test: {
    name: 'long',
    pool: 'forks',
    include: ['property-tests/**/*.long.test.ts'],
    testTimeout: 900_000,
    env: { NODE_ENV: 'test' },
    // The largest search visits some 15 million states.
    execArgv: ['--max-old-space-size=8192'],
  },
}

export default defineConfig(({ mode }) => {
  const reports = process.env['HEDDLE_REPORTS']
  return {
    test: {
      projects: mode === 'long' ? [long] : [unit, properties],
      reporters: reports ? ['default', ['json', { outputFile: `${reports}/${mode}.json` }]] : ['default'],
    },
  }
})
