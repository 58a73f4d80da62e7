/** Faults of the barrier. */
import type { Mutant } from '../support/mutant.ts'

const FILE = 'src/sync/barrier-state.ts'

export const mutants: readonly Mutant[] = [
  {
    name: 'one party too few completes it',
    file: FILE,
    from: 'for (let other = 0; other < parties; other++)',
    to: 'for (let other = 1; other < parties; other++)',
  },
  {
    name: 'a departure does not change the state, so that a scan does not notice it',
    file: FILE,
    from: `    if (compareExchange(words, at + STATE, state, after(state, FILLING)) !== state) continue
    compareExchange(words, at + SEATS + seat, word, 0)`,
    to: `    compareExchange(words, at + SEATS + seat, word, 0)`,
  },
  {
    name: 'a departure frees its seat without a mark',
    file: FILE,
    from: '  store(words, at + SEATS + seat, me)\n',
    to: '  store(words, at + SEATS + seat, 0)\n',
  },
  {
    name: 'a departure answers that it has left whatever had happened',
    file: FILE,
    from: 'return before === STAYS ? LEFT : before',
    to: 'return LEFT',
  },
  {
    name: 'a withdrawal does not give the seat back',
    file: FILE,
    from: '    compareExchange(words, at + SEATS + seat, word, 0)\n    site?.ringEach()',
    to: '    site?.ringEach()',
  },
  {
    name: 'the seats are not counted when it is completed, but the state is changed by a store',
    file: FILE,
    from: '    if (compareExchange(words, at + STATE, state, next) !== state) continue\n',
    to: '    store(words, at + STATE, next)\n',
  },
  {
    name: 'an arrival waits before it looks whether it still fills',
    file: FILE,
    from: '    if (phaseOf(words, at) === FILLING) {\n      store(words, at + SEATS + seat, me | WAITING)',
    to: '    store(words, at + SEATS + seat, me | WAITING)\n    if (phaseOf(words, at) === FILLING) {',
  },
  {
    name: 'an arrival does not look again whether it still fills',
    by: 'Barrier: the state machine, three that come where two pass',
    file: FILE,
    from: '    if (phaseOf(words, at) === FILLING) {\n      store',
    to: '    {\n      store',
  },
  {
    name: 'the trip rings nobody',
    file: FILE,
    from: `    if (acts) return ACTS
    site?.ringEach()`,
    to: `    if (acts) return ACTS`,
  },
  {
    name: 'a change of the phase rings nobody',
    file: FILE,
    from: `  site?.ringEach()
  return true
}

function isDead`,
    to: `  return true
}

function isDead`,
  },
  {
    name: 'it is broken in a round that has passed',
    file: FILE,
    from: `return phase === DRAINING || phase === DOOMED ? PASSED : FAILED`,
    to: `return phase === DOOMED ? PASSED : FAILED`,
  },
  {
    name: 'a dead party is not noticed',
    file: FILE,
    from: 'if ((word & WAITING) !== 0 && isDead(word, site)) return',
    to: 'if (false) return',
  },
  {
    name: 'a dead party whose action runs is not noticed',
    file: FILE,
    from: 'return dead && change(words, at, state, BROKEN, site)',
    to: 'return false && dead',
  },
  {
    name: 'the seat of a dead one that drains is not given back',
    file: FILE,
    from: `    if (!isDead(word, site)) return false
    compareExchange(words, at + SEATS + seat, word, 0)`,
    to: `    return false`,
  },
  {
    name: 'the seat of one that died before it waited is not given back',
    by: 'Barrier: the state machine, two parties, one of which dies at any step, and a new one that comes',
    file: FILE,
    from: 'if (word !== 0 && (word & WAITING) === 0 && isDead(word, site)) vacate(words, at, seat, word, site)',
    to: '',
  },
  {
    name: 'nobody begins the next round',
    file: FILE,
    from: '  store(words, at + SEATS + seat, 0)\n  refill(words, at, site)',
    to: '  store(words, at + SEATS + seat, 0)',
  },
  {
    name: 'two that come at once share a seat',
    file: FILE,
    from: 'if (compareExchange(words, at + SEATS + seat, 0, me) === 0) return seat',
    to: 'if (load(words, at + SEATS + seat) === 0 && store(words, at + SEATS + seat, me) === me) return seat',
  },
  {
    name: 'the action goes on although it was broken',
    file: FILE,
    from: 'return changed && well ? PASSED : FAILED',
    to: 'return PASSED',
  },
]
