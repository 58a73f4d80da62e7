/** Names of the platform that the published types use, for programs whose `lib` has neither them nor the DOM. */
declare global {
  interface SymbolConstructor {
    readonly dispose: unique symbol
    readonly asyncDispose: unique symbol
  }

  interface Disposable {
    [Symbol.dispose](): void
  }

  interface AsyncDisposable {
    [Symbol.asyncDispose](): PromiseLike<void>
  }

  interface AbortSignal {
    readonly aborted: boolean
    readonly reason: any
  }

  interface AbortController {
    readonly signal: AbortSignal
  }

  interface ReadableStream<R = any> {
    readonly locked: boolean
  }
}

export {}
