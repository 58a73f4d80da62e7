/** Resumes waits in a microtask of their own: a grant never runs the waiting code inside the granting one. */

interface Job {
  run(): void
}

let jobs: Job[] = []
let spare: Job[] = []
const resolved = Promise.resolve()

/** Runs `job` in this turn's microtasks, after those asked for before. */
export function soon(job: Job): void {
  if (jobs.push(job) === 1) void resolved.then(drain)
}

function drain(): void {
  const due = jobs
  jobs = spare
  for (const job of due) job.run()
  due.length = 0
  spare = due
}
