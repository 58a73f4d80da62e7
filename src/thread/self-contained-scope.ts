/**
 * What a function's text refers to outside of itself. Built into a file of its own, because of the parser.
 *
 * One walk over the syntax tree makes the scopes and notes every reference with the scope it stands in; declarations are
 * hoisted, so references are looked up when all scopes are complete.
 */
import { type Node, parse } from 'acorn'
import { base, recursive } from 'acorn-walk'

export interface Analysis {
  /** Names that neither the function nor, here, the global object has; `this`, `super` and `import.meta` among them. */
  readonly outer: readonly string[]
  /** Global names it uses. */
  readonly globals: readonly string[]
  /** `f() { … }` of an object or a class, which is text only inside one. */
  readonly isMethod: boolean
  /** Modules it imports by paths that are relative to its own, or that are known only when it runs. */
  readonly imports: readonly string[]
}

class Scope {
  readonly names: Set<string> = new Set()
  readonly outer: Scope | undefined
  /** Where `var` is declared. */
  readonly isFunction: boolean
  /** Whether it has `this` and `arguments` of its own: every function but an arrow. */
  readonly hasThis: boolean

  constructor(outer: Scope | undefined, isFunction: boolean, hasThis: boolean = false) {
    this.outer = outer
    this.isFunction = isFunction
    this.hasThis = hasThis
  }

  declare(name: string, how: Declares): void {
    if (how === 'var' && !this.isFunction && this.outer !== undefined) this.outer.declare(name, how)
    else this.names.add(name)
  }

  has(name: string): boolean {
    return this.names.has(name) || (this.outer?.has(name) ?? false)
  }

  get inThis(): boolean {
    return this.hasThis || (this.outer?.inThis ?? false)
  }
}

type Declares = 'var' | 'let' | undefined

/** Where the walk stands; what names in a pattern mean there: declarations, or references where nothing is declared. */
interface At {
  readonly scope: Scope
  readonly declares: Declares
}

type Any = Node & Record<string, any>
type Visit = (node: Any, at: At, kind?: string) => void

/** Throws `SyntaxError` if `source` is the text of no function. */
export function analyse(source: string): Analysis {
  const { tree, isMethod } = read(source)
  const references: { name: string; scope: Scope }[] = []
  const outer = new Set<string>()
  const imports = new Set<string>()
  const plain = (scope: Scope): At => ({ scope, declares: undefined })
  const refer = (name: string, scope: Scope): void => void references.push({ name, scope })
  const nest = (type: string) => (node: Any, at: At, visit: Visit) =>
    (base as Record<string, Function>)[type]!(node, plain(new Scope(at.scope, false)), visit)

  const visitors: Record<string, (node: Any, at: At, visit: Visit) => void> = {
    Expression: (node, at, visit) => visit(node, plain(at.scope)),
    Identifier: (node, at) => refer(node['name'] as string, at.scope),
    VariablePattern: (node, at) => {
      if (at.declares === undefined) refer(node['name'] as string, at.scope)
      else at.scope.declare(node['name'] as string, at.declares)
    },
    Function: (node, at, visit) => {
      const isArrow = node.type === 'ArrowFunctionExpression'
      const { id } = node as { id?: { name: string } | null }
      let { scope } = at
      if (id && node.type === 'FunctionDeclaration') scope.declare(id.name, 'let')
      scope = new Scope(scope, true, !isArrow)
      if (id && node.type === 'FunctionExpression') scope.declare(id.name, 'let')
      for (const parameter of node['params'] as Any[]) visit(parameter, { scope, declares: 'let' }, 'Pattern')
      visit(node['body'] as Any, plain(scope), node['expression'] ? 'Expression' : 'Statement')
    },
    Class: (node, at, visit) => {
      const { id } = node as { id?: { name: string } | null }
      if (id && node.type === 'ClassDeclaration') at.scope.declare(id.name, 'let')
      if (node['superClass']) visit(node['superClass'] as Any, plain(at.scope), 'Expression')
      const scope = new Scope(at.scope, true, true)
      if (id) scope.declare(id.name, 'let')
      for (const member of (node['body'] as Any)['body'] as Any[]) visit(member, plain(scope))
    },
    VariableDeclaration: (node, at, visit) => {
      const declares = node['kind'] === 'var' ? 'var' : 'let'
      for (const each of node['declarations'] as Any[]) {
        visit(each['id'] as Any, { scope: at.scope, declares }, 'Pattern')
        if (each['init']) visit(each['init'] as Any, plain(at.scope), 'Expression')
      }
    },
    CatchClause: (node, at, visit) => {
      const scope = new Scope(at.scope, false)
      if (node['param']) visit(node['param'] as Any, { scope, declares: 'let' }, 'Pattern')
      visit(node['body'] as Any, plain(scope), 'Statement')
    },
    ThisExpression: (_, at) => {
      if (!at.scope.inThis) outer.add('this')
    },
    Super: (_, at) => {
      if (!at.scope.inThis) outer.add('super')
    },
    MetaProperty: (node) => {
      if ((node['meta'] as Any)['name'] === 'import') outer.add('import.meta')
    },
    ImportExpression: (node, at, visit) => {
      const from = node['source'] as Any
      const name = from.type === 'Literal' ? String(from['value']) : undefined
      if (name === undefined) imports.add('import(…)')
      else if (!/^[a-z][a-z\d+.-]*:/i.test(name)) imports.add(`import(${JSON.stringify(name)})`)
      visit(from, plain(at.scope), 'Expression')
    },
  }
  for (const type of [
    'BlockStatement',
    'StaticBlock',
    'SwitchStatement',
    'ForStatement',
    'ForInStatement',
    'ForOfStatement',
  ])
    visitors[type] = nest(type)

  recursive(tree as never, plain(new Scope(undefined, true)), visitors as never)
  const globals = new Set<string>()
  for (const { name, scope } of references) {
    if (scope.has(name) || (name === 'arguments' && scope.inThis)) continue
    if (name in globalThis) globals.add(name)
    else outer.add(name)
  }
  return { outer: [...outer], globals: [...globals], isMethod, imports: [...imports] }
}

/** A function's text is an expression, or a member of an object. */
function read(source: string): { tree: Node; isMethod: boolean } {
  const options = { ecmaVersion: 'latest', sourceType: 'module', allowSuperOutsideMethod: true } as const
  try {
    return { tree: parse(`(${source})`, options), isMethod: false }
  } catch (error) {
    try {
      return { tree: parse(`({${source}})`, options), isMethod: true }
    } catch {
      throw error
    }
  }
}
