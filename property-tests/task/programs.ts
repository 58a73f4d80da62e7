/**
 * All small programs of nested try/catch/finally, `yield*`, return and throw, as source text.
 *
 * A program is written twice from one tree: as generators that wait in tasks, and as plain functions in which a wait is a
 * call that throws where a cancellation strikes. JavaScript itself is the oracle: both must leave the same trace.
 */

/** What stands in the place of a statement. */
export type Leaf = 'nothing' | 'wait' | 'return' | 'throw'

export type Node =
  | { readonly kind: 'leaf'; readonly leaf: Leaf }
  | { readonly kind: 'seq'; readonly nodes: readonly Node[] }
  | { readonly kind: 'call'; readonly body: Node }
  | { readonly kind: 'try'; readonly body: Node; readonly handler?: Node; readonly last?: Node }

const leaves: readonly Node[] = (['wait', 'return', 'throw'] as const).map((leaf) => ({ kind: 'leaf', leaf }))
const nothing: Node = { kind: 'leaf', leaf: 'nothing' }
const wait: Node = { kind: 'leaf', leaf: 'wait' }

/** What may stand in a handler or a finally block: each of the leaves, and a wait before a return or a throw. */
const clauses: readonly Node[] = [
  nothing,
  ...leaves,
  ...leaves.slice(1).map((leaf): Node => ({ kind: 'seq', nodes: [wait, leaf] })),
]

/** Every nesting to `depth`, around a wait; each level is a call, a catch, a finally, or both. */
export function* nestings(depth: number): Generator<Node> {
  if (depth === 0) {
    yield wait
    yield { kind: 'seq', nodes: [wait, { kind: 'leaf', leaf: 'throw' }] }
    yield { kind: 'seq', nodes: [wait, { kind: 'leaf', leaf: 'return' }] }
    return
  }
  for (const body of nestings(depth - 1)) {
    yield { kind: 'call', body: { kind: 'seq', nodes: [body, wait] } }
    for (const clause of clauses) {
      yield { kind: 'try', body, handler: clause }
      yield { kind: 'try', body, last: clause }
    }
    for (const last of clauses) yield { kind: 'try', body, handler: { kind: 'leaf', leaf: 'throw' }, last }
  }
}

/** How the two forms write the things that differ. */
interface Dialect {
  readonly wait: string
  readonly open: string
  readonly call: (name: string) => string
}

export const AS_TASK: Dialect = {
  wait: 'yield* wait()',
  open: 'function*',
  call: (name) => `yield* ${name}()`,
}

export const AS_ORACLE: Dialect = { wait: 'wait()', open: 'function', call: (name) => `call(${name})` }

/** The source of an expression that gives the program: a function of `log`, `wait`, `one` (true) and `call`. */
export function sourceOf(node: Node, { wait, open, call }: Dialect): string {
  let count = 0
  const mark = () => `log(${++count});`
  const write = (each: Node): string => {
    switch (each.kind) {
      case 'leaf':
        if (each.leaf === 'nothing') return mark()
        if (each.leaf === 'wait') return `${mark()} log(${wait}); ${mark()}`
        return each.leaf === 'return'
          ? `${mark()} if (one()) return 'r${++count}';`
          : `${mark()} if (one()) throw 'e${++count}';`
      case 'seq':
        return each.nodes.map(write).join(' ')
      case 'call': {
        const name = `f${++count}`
        return `const ${name} = ${open} () { ${write(each.body)} return 'v'; }; log(${call(name)}); ${mark()}`
      }
      case 'try': {
        const handler = each.handler && `catch (e) { log(e); ${write(each.handler)} }`
        const last = each.last && `finally { ${write(each.last)} }`
        return `try { ${write(each.body)} } ${handler ?? ''} ${last ?? ''} ${mark()}`
      }
    }
  }
  return `(log, wait, one, call) => ${open} () { ${write(node)} return 'end'; }`
}
