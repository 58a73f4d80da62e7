// What a runtime cannot do, and which tests show it. Such a test must fail there, with that error: one that passes, or is gone,
// makes the run fail, so that this table never claims more than is so. One that would only cost its time limit (`hangs`) is not run.
// README tells users the same, in "What a runtime lacks".
export const differences = [
  {
    runtimes: ['chromium-alone', 'firefox-alone'],
    test: /./,
    error: /Cross-Origin-Opener-Policy|memory cannot be shared|no shared memory/,
    reason: 'a page that is not isolated cannot share memory: taking a handle throws and names the headers',
  },
  {
    runtimes: ['chromium', 'firefox', 'chromium-alone', 'firefox-alone'],
    test: /nests by async context|lets siblings exclude each other/,
    hangs: true,
    reason:
      'browsers have no AsyncLocalStorage: an inner run of an RLock that is not given its owner waits for the outer one',
  },
  {
    runtimes: ['chromium', 'firefox', 'chromium-alone', 'firefox-alone'],
    file: 'test/sync/rlock.test.ts',
    test: /^run > (lets a bare|does not mix up|outlived by)/,
    reason: 'browsers have no AsyncLocalStorage: the owner of a run is passed on by hand',
  },
  {
    runtimes: ['chromium', 'firefox', 'chromium-alone', 'firefox-alone'],
    file: 'test/sync/condition.test.ts',
    test: /RLock/,
    reason: 'browsers have no AsyncLocalStorage: the owner of a run is passed on by hand',
  },
  {
    runtimes: ['chromium', 'firefox', 'chromium-alone', 'firefox-alone'],
    test: /./,
    error: /may not sleep|Atomics\.wait cannot be called|block\(\) would sleep for ever/,
    reason: 'the main thread of a page may not sleep: block() throws where it would have to',
  },
  {
    runtimes: ['chromium', 'firefox'],
    test: /a shared event wakes a thread that nobody rings|sleeps until its timeout, or refuses/,
    error: /instance of TimeoutError/,
    reason: 'the main thread of a page may not sleep: block() throws at once, also with a timeout',
  },
  {
    runtimes: ['chromium-alone', 'firefox-alone'],
    file: 'test/sync/latch.test.ts',
    test: /^misuse: handle$/,
    reason: 'a page that is not isolated cannot share memory, which is said before a wrong handle is',
  },
  {
    runtimes: ['bun'],
    test: /./,
    error: /The object can not be cloned/,
    reason: 'the error of posting a primitive instead of its handle does not tell what to send',
  },
  {
    runtimes: ['bun'],
    file: 'test/thread/process.test.ts',
    test: /^what a thread prints arrives whole/,
    reason:
      'what a thread printed just before its death or the end of the process may be lost, and may come late',
  },
  {
    runtimes: ['bun', 'deno'],
    test: /out of memory fails its call alone|dies by memory|runs out of memory is told|out of memory while its starter/,
    hangs: true,
    reason: 'resourceLimits do not end a thread that uses more memory',
  },
  {
    runtimes: ['bun', 'deno'],
    file: 'test/thread/process.test.ts',
    test: /dies before anything of it runs is told to a starter that sleeps/,
    reason:
      'a thread that dies before anything of it ran is told to an event loop only, not to a starter that sleeps',
  },
  {
    runtimes: ['bun'],
    test: /a failure that nobody joins|at first writes to the console|one that throws is only logged|a failure that nobody waits for/,
    reason: 'the console shows an error with its source text, and not as its stack',
  },
  {
    runtimes: ['deno'],
    test: /dies by terminate|when the one that was told dies before it could go on|hands items between threads without losing one/,
    hangs: true,
    reason:
      'a worker that is ended by terminate() and was not started by heddle/threads is not known to be dead',
  },
  {
    runtimes: ['deno'],
    file: 'test/wait/death.test.ts',
    test: /a dead waiter is skipped|slots are used again/,
    reason:
      'a worker that is ended by terminate() and was not started by heddle/threads is not known to be dead',
  },
  {
    runtimes: ['deno'],
    file: 'test/task/process.test.ts',
    test: /a run that waits for what can never come fails/,
    error: /Top-level await promise never resolved/,
    reason:
      'a module that can never go on is ended by the runtime, with its own error, before the run can tell who waits for what',
  },
]

/** What vitest is told not to run on a runtime, as a pattern of names; undefined if it runs everything. */
export function patternFor(name) {
  const hanging = differences.filter(({ runtimes, hangs }) => hangs && runtimes.includes(name))
  return hanging.length === 0 ? undefined : `^(?!.*(${hanging.map(({ test }) => test.source).join('|')}))`
}

/** Sorts failures into those that are expected on the runtime, and problems; a difference that shows nowhere is a problem. */
export function judged(name, outcomes) {
  const here = differences.filter(({ runtimes }) => runtimes.includes(name))
  const shown = new Set()
  const expected = (file, test, state, errors) => {
    const it = here.find(
      (each) =>
        (state === 'skipped') === (each.hangs === true) &&
        (each.file === undefined || each.file === file) &&
        each.test.test(test) &&
        (each.hangs || each.error === undefined || errors.some((error) => each.error.test(error))),
    )
    if (it) shown.add(it)
    return it !== undefined
  }
  const files = outcomes.map(({ file, tests, errors }) => {
    const counts = { file, passed: 0, differs: 0, problems: errors.map((error) => `${file}: ${error}`) }
    for (const { name: test, state, errors: because } of tests) {
      if (state === 'passed') counts.passed++
      else if (expected(file, test, state, because)) counts.differs++
      else if (state === 'failed') counts.problems.push(`${file} > ${test}: ${because.join('; ')}`)
      else counts.problems.push(`${file} > ${test}: it was ${state}`)
    }
    return counts
  })
  const gone = here
    .filter((each) => !shown.has(each))
    .map(
      (each) =>
        `no longer differs, take it out of differences.mjs: ${each.reason} (${each.file ?? ''} ${each.test})`,
    )
  return { files, gone }
}
