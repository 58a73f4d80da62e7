#!/usr/bin/env node
// Counts the words of text files twice, in all threads and in one, and checks that both counts agree.
import { readArguments } from './cli.mjs'
import { countIn } from './crew.mjs'
import { findText } from './files.mjs'
import { showProgress, showResult, tellProblems } from './report.mjs'

const { paths, threads } = readArguments()
const { files, problems } = findText(paths)
if (files.length === 0) {
  tellProblems(problems)
} else {
  // All threads go first: they meet the cold file cache, so the comparison never flatters them.
  const all = await countIn(threads, files, showProgress(threads, files))
  const one = await countIn(1, files, showProgress(1, files))
  const agree = showResult({ files, all, one })
  if (!agree) process.exitCode = 1
  tellProblems([...problems, ...all.problems])
}
