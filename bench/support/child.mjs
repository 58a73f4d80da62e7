/** The process of one row: node child.mjs <url of the rows> <index> <rounds>. */
import { measure } from './measure.mjs'

const [url, index, rounds] = process.argv.slice(2)
const { rows } = await import(url)
const result = await measure(rows[Number(index)], Number(rounds))
process.send(result, () => process.exit())
