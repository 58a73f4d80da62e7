/** Every configuration that is explored. */
import type { Model } from '../support/model.ts'
import { models as lock } from './lock.ts'

export const models: readonly Model[] = [...lock]
