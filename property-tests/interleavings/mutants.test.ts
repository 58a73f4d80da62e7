/** Each planted fault of the shipped source is noticed by a model; see `support/mutant.ts`. */
import { models } from './models/index.ts'
import { mutants } from './mutants/index.ts'
import { hunt } from './support/mutant.ts'

hunt(mutants, models)
