/** Faults of the latch. */
import type { Mutant } from '../support/mutant.ts'

const FILE = 'src/sync/latch-word.ts'

export const mutants: readonly Mutant[] = [
  {
    name: 'two that count at once count once',
    file: FILE,
    from: `    const before = compareExchange(words, at, count, count - n)
    if (before === count) {`,
    to: `    const before = count
    if (compareExchange(words, at, load(words, at), count - n) !== -1) {`,
  },
  {
    name: 'it counts below zero',
    file: FILE,
    from: 'count >= n;',
    to: 'count > 0;',
  },
  {
    name: 'the opener rings one thread only',
    file: FILE,
    from: 'site.ringEach()',
    to: 'site.ringNext()',
  },
  {
    name: 'the opener rings nobody',
    file: FILE,
    from: 'if (count === n && site',
    to: 'if (count < n && site',
  },
  {
    name: 'the last but one rings, the opener does not',
    file: FILE,
    from: 'if (count === n && site',
    to: 'if (count - n === 1 && site',
  },
  {
    name: 'it is open one too early',
    file: FILE,
    from: 'return load(words, at) === 0',
    to: 'return load(words, at) <= 1',
  },
]
