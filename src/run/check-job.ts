/**
 * The check of one file. Most histories pass, and need little code for it: whatever is only needed to
 * explain what is wrong, or for other models, is loaded when it is.
 */
import { checkPacked } from '../checkers/check-packed.ts';
import type { CheckProgress } from '../checkers/linearizable.ts';
import { readPacked } from '../history/packed/read-packed.ts';
import type { CheckJob, Checked } from './check-in-worker.ts';
import { isPath } from './user-modules.ts';

type OnProgress = (progress: CheckProgress) => void;

/** Reads and judges it. Throws a `UserError` for what the user can mend. */
export async function checkJob(job: CheckJob, onProgress: OnProgress = () => {}): Promise<Checked> {
  const fast = checkFast(job, onProgress);
  if (fast !== undefined) return fast;
  const { checkEvents } = await import('./check-events.ts');
  return checkEvents(job, onProgress);
}

/**
 * Large histories of registers are judged without an object per event. Most pass, and then that is all;
 * undefined: the ordinary way, which explains what it finds.
 */
function checkFast(
  { path, request, model, independent, verdictOnly = false, ownCheckers = [] }: CheckJob,
  onProgress: OnProgress,
): Checked | undefined {
  if (request.logPatterns !== undefined) return undefined;
  if (ownCheckers.length > 0 || independent === 'yes' || (model !== undefined && isPath(model)))
    return undefined;
  const history = readPacked(path);
  if (history === undefined) return undefined;
  const began = performance.now();
  const verdict = checkPacked(history, {
    ...request,
    ...(model !== undefined && { model }),
    verdictOnly,
    onProgress,
  });
  if (verdict === undefined) return undefined;
  const checkMs = performance.now() - began;
  const named = model ?? history.header.model;
  const inferred = history.words.every((f) => f === 'read' || f === 'write')
    ? 'register'
    : 'cas-register';
  return {
    verdict: { ...verdict, checkMs },
    notes: named === undefined ? [`model: ${inferred} (by its operations)`] : [],
    shown: { header: history.header, events: [], nemesis: history.nemesis },
  };
}
