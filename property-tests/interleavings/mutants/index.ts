/** Every planted fault. */
import type { Mutant } from '../support/mutant.ts'
import { mutants as lock } from './lock.ts'

export const mutants: readonly Mutant[] = [...lock]
