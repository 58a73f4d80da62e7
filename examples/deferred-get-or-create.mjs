#!/usr/bin/env node
// Twisted's way: ask for something; if it is not there, make it; print what came of it.
import { sleep } from 'heddle'
import { fail, maybeDeferred, succeed } from 'heddle/deferred'

class NotFoundError extends Error {}

const users = new Map([['ada', { name: 'ada', visits: 1 }]])

/** A store that answers later, as stores do. */
const find = (name) =>
  maybeDeferred(() => sleep(1)).addCallback(() =>
    name === ''
      ? fail(new TypeError('a user has a name'))
      : users.has(name)
        ? succeed(users.get(name))
        : fail(new NotFoundError(`nobody is called ${name}`)),
  )

const create = (name) => {
  const user = { name, visits: 0 }
  users.set(name, user)
  console.log(`${name} is made`)
  return user
}

const getOrCreate = (name) =>
  find(name).addErrback((failure) => {
    failure.trap(NotFoundError) // any other error goes on, to the next errback
    return create(name)
  })

for (const name of ['ada', 'grace', 'grace', ''])
  await getOrCreate(name)
    .addCallback((user) => {
      user.visits++
      console.log(`${user.name}: visit ${user.visits}`)
    })
    .addErrback((failure) => console.log(`no user: ${failure.getErrorMessage()}`))
    .result()
