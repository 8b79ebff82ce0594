/**
 * Entry of the worker that checks a history: reads the file, so that what is judged is what was
 * written, and answers with the verdict. Thin: everything it does is a function of `checkers`.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { checkHistory } from '../checkers/check.ts';
import type { Verdict } from '../checkers/verdict.ts';
import { readHistory } from '../history/read.ts';
import type { CheckJob } from './check-in-worker.ts';

const { path, request } = workerData as CheckJob;
const { history } = await readHistory(path);
const began = performance.now();
const verdict = checkHistory(history, request);
const checkMs = performance.now() - began;
parentPort?.postMessage(withoutOrder({ ...verdict, checkMs }));

/** A linearization as long as the run is of no use to whoever waits for the verdict. */
function withoutOrder(full: Verdict): Verdict {
  if (full.valid !== true) return full;
  const { linearization: _, ...rest } = full;
  return rest;
}
