import workerpool from 'workerpool'

workerpool.worker({ plusOne: (x) => x + 1 })
