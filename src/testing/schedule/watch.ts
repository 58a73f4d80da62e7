import type { Task } from '../../index.ts'
import type { Touched } from './moves.ts'

export class Watch {
  observe<S>(state: S, _name: string): S {
    return state
  }
  begin(): void {}
  end(_task: Task<any> | undefined): Touched {
    return undefined
  }
}
