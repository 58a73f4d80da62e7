// The words of one file. It is read in pieces, so that memory stays small however big the file is.
import { closeSync, openSync, readSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import { BinaryFileError } from './problems.mjs'

/** A letter or digit of any script, with the letters, digits and combining marks (accents) that follow it. */
const WORD = /[\p{L}\p{N}][\p{L}\p{M}\p{N}]*/gu
/** What a word may go on with at the end of a piece, half a surrogate pair included. */
const PART = /[\p{L}\p{M}\p{N}\p{Cs}]/u

/** The same for text of ASCII, as most is: many times as fast. */
const PLAIN_WORD = /[a-z\d]+/g

const piece = Buffer.allocUnsafe(1 << 20)
/** A NUL byte this early means that it is no text; git and grep judge alike. */
const EARLY = 8192

/** Adds the words of the file at `path` to `table`, a map from words to `{ count }`. Throws what reading throws. */
export function countFile(path, table) {
  const file = openSync(path)
  try {
    const decoder = new StringDecoder('utf8')
    let rest = ''
    for (let first = true; ; first = false) {
      const length = readSync(file, piece)
      if (length === 0) break
      const bytes = piece.subarray(0, length)
      if (first && bytes.subarray(0, EARLY).includes(0))
        throw new BinaryFileError('is binary: it has a NUL byte near its beginning')
      const text = rest + decoder.write(bytes)
      let end = text.length
      while (end > 0 && PART.test(text[end - 1])) end--
      countText(text.slice(0, end), table)
      rest = text.slice(end)
    }
    countText(rest + decoder.end(), table)
  } finally {
    closeSync(file)
  }
}

function countText(text, table) {
  for (const word of text.toLowerCase().match(isPlain(text) ? PLAIN_WORD : WORD) ?? []) addTo(table, word)
}

// oxlint-disable-next-line no-control-regex
const NOT_PLAIN = /[^\0-\x7f]/

function isPlain(text) {
  return !NOT_PLAIN.test(text)
}

function addTo(table, word) {
  const entry = table.get(word)
  if (entry === undefined) table.set(detached(word), { count: 1 })
  else entry.count++
}

/** A copy: the engine makes a longer part of a text as a view into it, which would keep the whole text in memory. */
function detached(word) {
  return word.length < 13 ? word : Buffer.from(word).toString()
}
