/**
 * The check of one file. Most histories pass, and need little code for it: whatever is only needed to
 * explain what is wrong, or for other models, is loaded when it is.
 */
import { basename } from 'node:path';
import { checkPacked } from '../checkers/check-packed.ts';
import type { CheckProgress } from '../checkers/linearizable.ts';
import { silentReads } from '../history/packed/packed-history.ts';
import { readPacked } from '../history/packed/read-packed.ts';
import type { CheckJob, Checked } from './check-in-worker.ts';
import { readingNotes } from './reading-notes.ts';
import { isPath } from './user-modules.ts';

type OnProgress = (progress: CheckProgress) => void;

/** Reads and judges it. Throws a `UserError` for what the user can mend. */
export async function checkJob(job: CheckJob, onProgress: OnProgress = () => {}): Promise<Checked> {
  const fast = await checkFast(job, onProgress);
  if (fast !== undefined) return fast;
  const { checkEvents } = await import('./check-events.ts');
  return checkEvents(job, onProgress);
}

/**
 * Histories of registers are judged without an object per event. Most pass, and then that is all;
 * undefined: the ordinary way, which explains what it finds.
 */
async function checkFast(job: CheckJob, onProgress: OnProgress): Promise<Checked | undefined> {
  const { path, request, model, independent, verdictOnly = false, ownCheckers = [] } = job;
  if (request.logPatterns !== undefined || ownCheckers.length > 0) return undefined;
  if (model !== undefined && isPath(model)) return undefined;
  const history = await readPacked(path, { independent, model });
  if (history === undefined || history.txns !== undefined) return undefined;
  const nilRead = request.nilRead ?? (history.foreign ? 'any' : 'unset');
  const named = model ?? history.header.model;
  const began = performance.now();
  const verdict = checkPacked(history, {
    ...request,
    ...(model !== undefined && { model }),
    nilRead,
    verdictOnly,
    onProgress,
  });
  if (verdict === undefined) return undefined;
  const checkMs = performance.now() - began;
  const inferred = history.words.every((f) => f === 'read' || f === 'write')
    ? 'register'
    : 'cas-register';
  return {
    verdict: { ...verdict, checkMs },
    notes: [
      ...history.notes.map((note) => `${basename(path)}: ${note}`),
      ...readingNotes(history.split, nilRead, silentReads(history)),
      ...(named === undefined ? [`model: ${inferred} (by its operations)`] : []),
    ],
    shown: { header: history.header, events: [], nemesis: history.nemesis },
  };
}
