// What can be wrong with a file, in words.

export class BinaryFileError extends Error {}

const WORDS = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read (permission denied)',
  EPERM: 'may not be read (permission denied)',
}

export function inWords(error) {
  if (error instanceof BinaryFileError) return error.message
  return WORDS[error.code] ?? `cannot be read (${error.code ?? error.message})`
}
