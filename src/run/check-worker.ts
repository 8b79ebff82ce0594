/**
 * Entry of the worker that checks a history: reads the file, so that what is judged is what was
 * written, and answers with the verdict.
 */
import { parentPort } from 'node:worker_threads';
import { UserError } from '../base/user-error.ts';
import type { CheckProgress } from '../checkers/linearizable.ts';
import type { CheckAnswer, CheckJob } from './check-in-worker.ts';
import { checkJob } from './check-job.ts';

const PROGRESS_MS = 100;

const post = (answer: CheckAnswer): void => parentPort?.postMessage(answer);
parentPort?.on('message', (job: CheckJob) => void answerTo(job));

/** What is no mistake of the user's ends the worker. */
async function answerTo(job: CheckJob): Promise<void> {
  try {
    post({ type: 'checked', ...(await checkJob(job, reporter())) });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    post({ type: 'refused', message: error.message, hint: error.hint });
  }
}

/** At most ten messages a second. */
function reporter(): (progress: CheckProgress) => void {
  let last = 0;
  return (progress) => {
    if (performance.now() - last < PROGRESS_MS) return;
    last = performance.now();
    post({ type: 'progress', progress });
  };
}
