/** Faults of the lifeline. */
import type { Mutant } from '../support/mutant.ts'

const FILE = 'src/sync/lifeline-word.ts'

export const mutants: readonly Mutant[] = [
  {
    name: 'the end rings nobody',
    file: FILE,
    from: '  site?.ringEach()\n',
    to: '',
  },
  {
    name: 'the end rings one thread only',
    file: FILE,
    from: 'site?.ringEach()',
    to: 'site?.ringNext()',
  },
  {
    name: 'the end rings before it is written',
    file: FILE,
    from: `  const before = exchange(words, at, ENDED)
  if (before === ENDED) return false
  site?.ringEach()
  return true`,
    to: `  site?.ringEach()
  return exchange(words, at, ENDED) !== ENDED`,
  },
  {
    name: 'a death is not noticed',
    file: FILE,
    from: 'alive(site.table, word & ID_MASK)',
    to: 'alive(site.table, site.id)',
  },
  {
    name: 'the generation of the holder does not count',
    file: FILE,
    from: 'alive(site.table, word & ID_MASK)',
    to: '(load(site.table, 16 + 16 * (word & 1023)) & 1) === 1',
  },
  {
    name: 'a thread that ends it and dies between the two looks is said to have died before',
    file: FILE,
    from: 'return load(words, at) === ENDED ? OVER : DIED',
    to: 'return DIED',
  },
  {
    name: 'two threads can bind themselves',
    file: FILE,
    from: 'return compareExchange(words, at, OPEN, me) === OPEN',
    to: 'return load(words, at) === OPEN && compareExchange(words, at, load(words, at), me) !== ENDED',
  },
  {
    name: 'it ends twice',
    file: FILE,
    from: '  if (before === ENDED) return false\n',
    to: '',
  },
]
