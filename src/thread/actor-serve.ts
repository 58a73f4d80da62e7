/** The program of an actor's worker: makes the behaviour, gives it one message at a time, tells what came of each. */
import type { Link } from './link.ts'
import { pack, type Parcel, packFailure, unpack } from './parcel.ts'
import { type FunctionReference, functionOf, load } from './reference.ts'
import { Behaving, type Made } from './actor-behaviour.ts'
import { settle } from './pool/settle.ts'

/** What the program is given. */
export interface ActorInput {
  readonly f: FunctionReference
  readonly args: Parcel
  /** `f` is a class. */
  readonly isClass: boolean
}

/** To the worker; each is answered before the next one comes. */
export type ActorOrder =
  | { readonly k: 'make' }
  | { readonly k: 'message'; readonly value: Parcel }
  | { readonly k: 'dispose' }
  /** The last one, not answered. */
  | { readonly k: 'end' }

/** The answer. */
export interface ActorAnswer {
  readonly failed: boolean
  readonly value: Parcel
}

export function serveActor(link: Link, input: unknown): void {
  const { f, args, isClass } = input as ActorInput
  let behaving: Behaving | undefined
  const obey = async (order: ActorOrder): Promise<unknown> => {
    switch (order.k) {
      case 'make': {
        const made = (await functionOf(f)) as Made
        await load(args.modules)
        behaving = new Behaving(made, isClass, unpack(args) as unknown[])
        return undefined
      }
      case 'message':
        await load(order.value.modules)
        return settle(behaving?.receive(unpack(order.value)))
      case 'dispose':
        return settle(behaving?.dispose())
      case 'end':
        return link.done()
    }
  }
  link.listen((order) => {
    void obey(order as ActorOrder).then(
      (value) => (order as ActorOrder).k === 'end' || answer(link, value),
      (error: unknown) => fail(link, error),
    )
  })
}

function answer(link: Link, value: unknown): void {
  try {
    const { parcel, transfer } = pack(value, 'the answer')
    link.post({ failed: false, value: parcel } satisfies ActorAnswer, transfer)
  } catch (error) {
    fail(link, error)
  }
}

function fail(link: Link, error: unknown): void {
  link.post({ failed: true, value: packFailure(error).parcel } satisfies ActorAnswer)
}
