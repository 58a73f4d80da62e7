import ts from 'typescript'

export interface PublicName {
  /** The entry point and the name, as `heddle/threads Thread`. */
  readonly label: string
  readonly name: string
  /** Where the thing is declared; the same for two names of one thing. */
  readonly declared: string
}

/** Every name, types included, that the given files export; the keys are the names of the entry points. */
export function publicNames(files: Record<string, string>): PublicName[] {
  const program = ts.createProgram(Object.values(files), {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    allowImportingTsExtensions: true,
    noEmit: true,
    noLib: true,
    types: [],
  })
  const checker = program.getTypeChecker()
  return Object.entries(files).flatMap(([entry, file]) => {
    const source = program.getSourceFile(file)
    if (!source) throw new Error(`cannot read ${file}`)
    const module = checker.getSymbolAtLocation(source)
    if (!module) return []
    return checker.getExportsOfModule(module).map((exported) => {
      const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0
      const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported
      const at = symbol.declarations?.[0]
      return {
        label: `${entry} ${exported.name}`,
        name: exported.name,
        declared: at ? `${at.getSourceFile().fileName}:${at.getStart()}` : `${entry} ${exported.name}`,
      }
    })
  })
}

/** Groups of labels that share what `key` gives, where there should be one label only. */
export function repeated(names: readonly PublicName[], key: 'name' | 'declared'): string[][] {
  const groups = new Map<string, string[]>()
  for (const each of names) groups.set(each[key], [...(groups.get(each[key]) ?? []), each.label])
  return [...groups.values()].filter((labels) => labels.length > 1)
}
