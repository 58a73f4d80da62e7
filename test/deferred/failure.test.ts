import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { Failure } from '../../src/deferred/index.ts'

class NotFoundError extends Error {
  override name = 'NotFoundError'
}
class PageNotFoundError extends NotFoundError {
  override name = 'PageNotFoundError'
}
class OtherError extends Error {}

describe('check and trap', () => {
  const failure = new Failure(new PageNotFoundError('index.html'))

  test('by class, by name, through all parents; the first that matches is given', () => {
    expect(failure.check(NotFoundError)).toBe(NotFoundError)
    expect(failure.check(TypeError, 'NotFoundError', Error)).toBe('NotFoundError')
    expect(failure.check('PageNotFoundError')).toBe('PageNotFoundError')
    expect(failure.check('Error')).toBe('Error')
    expect(failure.check(TypeError, 'OtherError', OtherError)).toBeUndefined()
    expect(failure.trap(TypeError, Error)).toBe(Error)
  })

  test('a subclass is not its parent', () => {
    expect(new Failure(new NotFoundError()).check(PageNotFoundError, 'PageNotFoundError')).toBeUndefined()
  })

  test('trap throws the error itself', () => {
    expect(() => failure.trap(TypeError)).toThrow(failure.value)
    expect(() => failure.raiseException()).toThrow(failure.value)
  })

  test('an error that lost its class is known by its name, by class too', () => {
    const plain = Object.assign(new Error('gone'), { name: 'NotFoundError' })
    expect(new Failure(plain).check(OtherError, NotFoundError)).toBe(NotFoundError)
    expect(new Failure({ name: 'NotFoundError', message: 'gone' }).check('TypeError', NotFoundError)).toBe(
      NotFoundError,
    )
    expect(new Failure({ name: 'NotFoundError', message: 'gone' }).check('Error')).toBe('Error')
    expect(new Failure(structuredClone(new RangeError('far'))).check(RangeError)).toBe(RangeError)
  })

  test('an error of another realm', () => {
    const foreign: unknown = runInNewContext('new TypeError("far")')
    expect(foreign instanceof TypeError).toBe(false)
    expect(new Failure(foreign).check(RangeError, TypeError)).toBe(TypeError)
    expect(new Failure(foreign).check('Error')).toBe('Error')
  })

  test('a value that is no error is of no kind', () => {
    expect(new Failure('TypeError').check('TypeError', Error)).toBeUndefined()
    expect(new Failure(null).check('Error')).toBeUndefined()
    expect(() => new Failure(1).check(5 as never)).toThrow(
      'type (an error class, or its name) must be a function, got 5',
    )
  })

  test('as gives the error typed, or nothing', () => {
    expect(failure.as(NotFoundError)?.message).toBe('index.html')
    expect(failure.as(OtherError)).toBeUndefined()
  })
})

describe('plain data', () => {
  test('the way there and back keeps names, message, stack, causes and parts', () => {
    const error = new PageNotFoundError('a', { cause: new TypeError('b', { cause: 'c' }) })
    const group = new AggregateError([error, new RangeError('d')], 'all')
    const back = Failure.fromJSON(structuredClone(new Failure(group).toJSON()))
    expect(back.type).toBe('AggregateError')
    expect(back.getErrorMessage()).toBe('all')
    expect(back.value.stack).toBe(group.stack)
    const [first, second] = (back.value as unknown as AggregateError).errors
    expect(new Failure(first).check(OtherError, NotFoundError)).toBe(NotFoundError)
    expect(new Failure(first).check('PageNotFoundError')).toBe('PageNotFoundError')
    expect([...new Failure(first).causes()].map((each) => new Failure(each).getErrorMessage())).toEqual([
      'a',
      'b',
      'c',
    ])
    expect(new Failure(second).check(RangeError)).toBe(RangeError)
  })
})

describe('reading', () => {
  test('the message of anything', () => {
    expect(new Failure(new Error('m')).getErrorMessage()).toBe('m')
    expect(new Failure('text').getErrorMessage()).toBe('text')
    expect(new Failure(undefined).getErrorMessage()).toBe('undefined')
    expect(new Failure({ message: 'own' }).getErrorMessage()).toBe('own')
    expect(String(new Failure(new RangeError('r')))).toBe('[Failure RangeError: r]')
  })

  test('the traceback has the frames, the causes and the parts', () => {
    const low = new TypeError('low')
    const text = new Failure(new NotFoundError('high', { cause: low })).getTraceback()
    expect(text).toMatch(
      /^NotFoundError: high\n    at .*failure\.test\.ts[^]*\ncaused by:\nTypeError: low\n    at /,
    )
    const brief = new Failure(new AggregateError([low, 'text'], 'many')).getTraceback({ brief: true })
    expect(brief).toBe('AggregateError: many\n  | TypeError: low\n  | text')
  })

  test('a cycle of causes ends', () => {
    const one = new Error('one')
    const two = new Error('two', { cause: one })
    one.cause = two
    expect([...new Failure(one).causes()]).toEqual([one, two])
    expect(new Failure(one).getTraceback({ brief: true })).toBe(
      'Error: one\ncaused by:\nError: two\ncaused by:\nError: one (shown above)',
    )
    expect(new Failure(one).toJSON().cause?.message).toBe('two')
  })
})
