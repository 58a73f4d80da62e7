import { posix } from 'node:path'
import ts from 'typescript'

/** What each room of src may import besides itself; rooms are the folders and files right under src. */
const rooms: Record<string, readonly string[]> = {
  globals: [],
  errors: ['globals'],
  operation: ['errors'],
  wait: ['errors', 'operation'],
  perform: ['errors', 'operation', 'wait'],
  sync: ['errors', 'operation', 'wait'],
  codec: ['errors'],
  queue: ['errors', 'operation', 'wait', 'codec'],
  task: ['errors', 'operation', 'wait', 'perform'],
  future: ['errors', 'operation', 'wait', 'sync', 'task', 'codec'],
  attach: ['errors', 'wait', 'sync', 'queue', 'future'],
  index: ['errors', 'attach', 'operation', 'wait', 'perform', 'sync', 'codec', 'queue', 'future', 'task'],
  deferred: ['index'],
  thread: ['index'],
  process: ['index'],
  effect: ['index'],
  cluster: ['index'],
  testing: ['index'],
  trace: ['index'],
}

/** The rooms that it may name in types only, besides. */
const types: Record<string, readonly string[]> = {
  operation: ['future'], // what start() gives
}

/** The packages that a room may import; all others import none. */
const packages: Record<string, readonly string[]> = {
  effect: ['effect'],
  cluster: ['effect', '@effect'],
  codec: ['msgpackr'], // bundled
  thread: ['acorn', 'acorn-walk'], // bundled
  testing: ['fast-check'],
}

interface Import {
  readonly specifier: string
  readonly typeOnly: boolean
}

/** Every module that a source file names: imports, re-exports, `import()` and `import('x').Type`. */
export function importsOf(source: string): Import[] {
  const found: Import[] = []
  const add = (node: ts.Node | undefined, typeOnly: boolean): void => {
    if (node && ts.isStringLiteralLike(node)) found.push({ specifier: node.text, typeOnly })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword)
    } else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, node.isTypeOnly)
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, true)
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false)
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile('file.ts', source, ts.ScriptTarget.ES2022, true))
  return found
}

/** What is wrong with the imports of one file, given by its path below src with `/` between the parts. */
export function violations(path: string, source: string): string[] {
  const room = roomOf(path)
  const allowed = rooms[room]
  if (!allowed) return [`${path}: no rule for the room "${room}"; add one to test/support/import-rules.ts`]

  return importsOf(source).flatMap(({ specifier, typeOnly }) => {
    const told = (problem: string): string[] => [`${path} imports "${specifier}": ${problem}`]
    if (!specifier.startsWith('.')) {
      if (typeOnly && specifier.startsWith('node:')) return []
      const name = specifier.split('/')[0] ?? ''
      return packages[room]?.includes(name) ? [] : told(`${room} may not import packages`)
    }
    if (!specifier.endsWith('.ts')) return told('the extension .ts is missing')
    const target = posix.join(posix.dirname(path), specifier)
    if (target.startsWith('..')) return told('it lies outside src')
    const other = roomOf(target)
    const named = typeOnly ? [...allowed, ...(types[room] ?? [])] : allowed
    return other === room || named.includes(other) ? [] : told(`${room} may not import ${other}`)
  })
}

function roomOf(path: string): string {
  return (path.split('/')[0] ?? '').replace(/\.ts$/, '')
}
