/**
 * The shipped state machines under every schedule of their atomic steps. Sleepers do not look again by themselves here,
 * so nothing rests on it.
 */
import { check } from './support/check.ts'
import { models } from './models/index.ts'
import { load } from './support/world.ts'

check(
  await load(),
  models.filter(({ long }) => long !== true),
)
