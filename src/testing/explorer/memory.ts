/** The shared memory of a model: real arrays that name the cells, with the contents kept elsewhere. */
import type { CellsSpec } from './types.ts'

/** What the real cell holds once the model has changed it, so that a read beside the gate does not pass for true. */
const ELSEWHERE = 0x7badface

interface Region {
  name: string
  base: number
  words: Int32Array
  spec: CellsSpec
}

export class Memory {
  readonly arrays: { [name: string]: Int32Array } = {}
  /** What the cells hold at the start; filled by `seal`. */
  initial: Int32Array = new Int32Array(0)
  private readonly regions: Region[] = []
  private readonly bases = new Map<Int32Array, number>()
  private readonly allowPrivate: boolean
  private lastWords: Int32Array | undefined
  private lastBase = 0
  private readonly moved: number[] = []
  size = 0

  constructor(allowPrivate: boolean) {
    this.allowPrivate = allowPrivate
  }

  add(name: string, given: number | Int32Array | CellsSpec): Int32Array {
    const spec: CellsSpec =
      typeof given === 'number' || given instanceof Int32Array ? { cells: given } : given
    if (typeof spec.cells === 'number' && !(Number.isInteger(spec.cells) && spec.cells > 0))
      throw new RangeError(
        `memory.${name} must have a whole number of cells, at least 1; it is ${spec.cells}`,
      )
    const words =
      typeof spec.cells === 'number' ? new Int32Array(new SharedArrayBuffer(4 * spec.cells)) : spec.cells
    spec.initial?.forEach((value, index) => (words[index] = value))
    this.regions.push({ name, base: this.size, words, spec })
    this.bases.set(words, this.size)
    this.arrays[name] = words
    this.size += words.length
    return words
  }

  seal(): void {
    this.initial = new Int32Array(this.size)
    for (const { words, base } of this.regions) this.initial.set(words, base)
  }

  /** From now on the real cell does not have the model's contents. */
  moveAway(cell: number): void {
    const { words, base } = this.region(cell)
    words[cell - base] = ELSEWHERE
    this.moved.push(cell)
  }

  /** Puts the initial contents back. Throws if somebody wrote beside the gate. */
  restore(): void {
    let broken = -1
    this.regions.forEach(({ words, base }) => {
      const moved = new Set(this.moved)
      for (let i = 0; i < words.length; i++) {
        const found = moved.has(base + i) ? ELSEWHERE : this.initial[base + i]
        if (words[i] !== found) broken = base + i
        words[i] = this.initial[base + i] as number
      }
    })
    this.moved.length = 0
    if (broken >= 0)
      throw new Error(
        `${this.nameOf(broken)} was written without the functions that the explorer stands in for`,
      )
  }

  /** The cell of the model, or -1 for memory of the code's own. */
  cellOf(words: Int32Array, index: number): number {
    if (words !== this.lastWords) {
      this.lastBase = this.bases.get(words) ?? this.baseOfView(words)
      this.lastWords = words
    }
    if (!(index >= 0 && index < words.length)) throw new RangeError(`index ${index} is outside of the array`)
    return this.lastBase < 0 ? -1 : this.lastBase + index
  }

  /** A view that was made by the explored code, of memory that is known. */
  private baseOfView(view: Int32Array): number {
    for (const { words, base } of this.regions) {
      const offset = (view.byteOffset - words.byteOffset) / 4
      if (view.buffer === words.buffer && offset >= 0 && offset + view.length <= words.length)
        return base + offset
    }
    if (this.allowPrivate) return -1
    throw new TypeError(
      'a step went to an array that is not part of `memory`; name it there, or set `privateMemory` if it is never shared',
    )
  }

  cellNamed(name: string, index: number): number {
    const region = this.regions.find((each) => each.name === name)
    if (region === undefined || index < 0 || index >= region.words.length)
      throw new RangeError(`there is no cell ${name}[${index}] in \`memory\``)
    return region.base + index
  }

  nameOf(cell: number): string {
    const { name, base, words, spec } = this.region(cell)
    const index = cell - base
    const given = typeof spec.names === 'function' ? spec.names(index) : spec.names?.[index]
    return given ?? (words.length === 1 ? name : `${name}[${index}]`)
  }

  show(cell: number, value: number): string {
    const { spec, base } = this.region(cell)
    return spec.show === undefined ? String(value) : spec.show(value, cell - base)
  }

  private region(cell: number): Region {
    for (let i = this.regions.length - 1; ; i--) {
      const region = this.regions[i] as Region
      if (region.base <= cell) return region
    }
  }
}
