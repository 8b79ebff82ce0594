/**
 * Entry of the worker that checks a history: reads the file, so that what is judged is what was
 * written, and answers with the verdict.
 */
import { parentPort } from 'node:worker_threads';
import { UserError } from '../base/user-error.ts';
import type { CheckProgress } from '../checkers/linearizable.ts';
import type { CheckAnswer, CheckJob, CheckTask } from './check-in-worker.ts';
import { checkJob } from './check-job.ts';
import type { Helpers, TeamNews } from './key-team.ts';

const PROGRESS_MS = 100;

const post = (answer: CheckAnswer): void => parentPort?.postMessage(answer);
/** Where what other threads have to say goes. */
let hear: (news: TeamNews) => void = () => {};
parentPort?.on('message', (task: CheckTask) => {
  if (task.type === 'news') hear(task.news);
  else void answerTo(task.job, helpersOf(task.helpers));
});

/** What is no mistake of the user's ends the worker. */
async function answerTo(job: CheckJob, helpers: Helpers): Promise<void> {
  try {
    post({ type: 'checked', ...(await checkJob(job, reporter(), helpers)) });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    post({ type: 'refused', message: error.message, hint: error.hint });
  }
}

/** Threads that whoever started this one starts and ends, and whose words it passes on. */
function helpersOf(count: number): Helpers {
  return {
    count,
    start(share, wanted, onNews) {
      hear = onNews;
      post({ type: 'help', share, count: wanted });
    },
  };
}

/** At most ten messages a second, but for what was found. */
function reporter(): (progress: CheckProgress) => void {
  let last = 0;
  return (progress) => {
    if (progress.found === undefined && performance.now() - last < PROGRESS_MS) return;
    last = performance.now();
    post({ type: 'progress', progress });
  };
}
