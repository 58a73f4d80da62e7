/** The larger ones. */
import { check } from './support/check.ts'
import { models } from './models/index.ts'
import { load } from './support/world.ts'

check(
  await load(),
  models.filter(({ long }) => long === true),
)
