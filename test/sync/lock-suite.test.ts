import {
  BoundedSemaphore,
  Lock,
  LockMap,
  NotHeldError,
  OverReleaseError,
  Semaphore,
} from '../../src/index.ts'
import { lockSuite, type LockSubject } from '../support/lock-suite.ts'

/** The same primitive with its words in memory that threads share. */
function shared<P extends { readonly handle: unknown }>(primitive: P): P {
  void primitive.handle
  return primitive
}

const release = (lock: LockSubject): void => (lock as Lock | Semaphore | BoundedSemaphore).release()

lockSuite('Lock', { make: () => new Lock(), release, overRelease: NotHeldError })
lockSuite('a shared Lock', {
  make: () => shared(new Lock()),
  release,
  overRelease: NotHeldError,
  shared: true,
})
lockSuite('Semaphore(1)', { make: () => new Semaphore(1), release })
lockSuite('a shared Semaphore(1)', { make: () => shared(new Semaphore(1)), release, shared: true })
lockSuite('BoundedSemaphore(1)', {
  make: () => new BoundedSemaphore(1),
  release,
  overRelease: OverReleaseError,
})
lockSuite('a shared BoundedSemaphore(1)', {
  make: () => shared(new BoundedSemaphore(1)),
  release,
  overRelease: OverReleaseError,
  shared: true,
})
lockSuite('a key of a LockMap', {
  make(): LockSubject {
    const locks = new LockMap<string>()
    return {
      acquire: (options) => locks.acquire('key', options),
      tryAcquire: () => locks.tryAcquire('key'),
      run: (fn, options) => locks.run('key', fn, options),
      cancelWaiters: (reason) => locks.cancelWaiters(reason),
      inspect: () => locks.inspect(),
      statistics: () => locks.statistics(),
    }
  },
})
