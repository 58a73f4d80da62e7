/** What the explorer runs: the shipped modules, under one roof, so that each load has one copy of all of them. */
export * from '../../../src/index.ts'
export { OWN } from '../../../src/wait/handle.ts'
export { Seat } from '../../../src/wait/seat.ts'
export { Site } from '../../../src/wait/site.ts'
export { alive, bellAt, createTable, died, ID_MASK, join, slotOf } from '../../../src/wait/table.ts'
export { thread } from '../../../src/wait/thread.ts'
export { PARKED, type Stepper, Wait } from '../../../src/perform/wait.ts'
