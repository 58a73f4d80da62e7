// Where the threads of a round keep what they share: indices into one Int32Array.
/** Faults that a thread found. */
export const FAULTS = 0
/** Whether passes of an auto-reset event may have multiplied. */
export const FLOOD = 1
/** The stage of a play with stages. */
export const STAGE = 2
/** Always 0: to doze on. */
export const NAP = 3
/** How many threads are there: a history begins when all are. */
export const PRESENT = 4
/** For each thread: how many steps it made; whether it is to be killed. */
export const PROGRESS = 16
export const DOOMED = 32
/** For each user: what it does now, for dumps; what it uses; in which phase it is. */
export const DOING = 48
export const USED = 112
export const PHASE = 176
/** For each thread and instance: how often it was inside. */
export const ENTRIES = 240
/** Eight words for each instance of a primitive: who is inside, the counter, how often a death was told, the limit. */
export const INSTANCES = 304
export const INSIDE = 0
export const COUNTER = 1
export const TOLD = 2
export const LIMIT = 3
/** For the play. */
export const FREE = 400
export const SIZE = 512
/** At most this many threads, users a thread, and instances. */
export const THREADS = 16
export const USERS = 4
export const KINDS = 4
