/**
 * The check of one file. Most histories pass, and need little code for it: whatever is only needed to
 * explain what is wrong, or for other models, is loaded when it is.
 */
import { basename } from 'node:path';
import { packedCheck } from '../checkers/check-packed.ts';
import type { CheckProgress } from '../checkers/linearizable.ts';
import type { History, HistoryEvent } from '../history/event.ts';
import { type PackedHistory, silentReads } from '../history/packed/packed-history.ts';
import { readEvents, readPacked } from '../history/packed/read-packed.ts';
import type { CheckJob, Checked } from './check-in-worker.ts';
import type { Txns } from '../history/packed/txns.ts';
import { type Helpers, judgeKeys } from './key-team.ts';
import { readingNotes, withoutOrder } from './reading-notes.ts';
import { isPath } from './user-modules.ts';

type OnProgress = (progress: CheckProgress) => void;

/** Reads and judges it, with help where there is some. Throws a `UserError` for what the user can mend. */
export async function checkJob(
  job: CheckJob,
  onProgress: OnProgress = () => {},
  helpers?: Helpers,
): Promise<Checked> {
  const fast = await checkFast(job, onProgress, helpers);
  if (fast !== undefined) return fast;
  const { checkEvents } = await import('./check-events.ts');
  return checkEvents(job, onProgress);
}

/**
 * Histories of registers and of transactions are judged as columns, without an object per event;
 * undefined: it is one for the ordinary way.
 */
async function checkFast(
  job: CheckJob,
  onProgress: OnProgress,
  helpers: Helpers | undefined,
): Promise<Checked | undefined> {
  const { path, request, model, independent, ownCheckers = [] } = job;
  if (request.logPatterns !== undefined || ownCheckers.length > 0) return undefined;
  if (job.map !== undefined || (model !== undefined && isPath(model))) return undefined;
  const history = await readPacked(path, { independent, model });
  if (history === undefined) return undefined;
  const { txns } = history;
  return txns === undefined
    ? checkRegisters(job, history, onProgress, helpers)
    : checkTransactions(job, history, txns);
}

async function checkRegisters(
  job: CheckJob,
  history: PackedHistory,
  onProgress: OnProgress,
  helpers: Helpers | undefined,
): Promise<Checked | undefined> {
  const { path, request, model, verdictOnly = false } = job;
  const nilRead = request.nilRead ?? (history.foreign ? 'any' : 'unset');
  const named = model ?? history.header.model;
  const ask = { ...request, ...(model !== undefined && { model }), nilRead, verdictOnly };
  const began = performance.now();
  const check = packedCheck(history, { ...ask, onProgress });
  if (check === undefined) return undefined;
  const workers = await judgeKeys(check, helpers);
  const judged = check.verdict();
  if (judged === undefined) return undefined;
  const verdict = { ...judged, checkMs: performance.now() - began, workers };
  const inferred = history.words.every((f) => f === 'read' || f === 'write')
    ? 'register'
    : 'cas-register';
  const answer = {
    verdict,
    notes: [
      ...notesOf(path, history),
      ...readingNotes(history.split, nilRead, silentReads(history)),
      ...(named === undefined ? [modelNote(inferred)] : []),
    ],
  };
  if (verdict.valid !== false) return { ...answer, shown: shownOf(history, []) };
  const { explainSuspects } = await import('./explain-suspects.ts');
  const explained = await explainSuspects(path, history, verdict, ask);
  return explained && { ...answer, ...explained };
}

async function checkTransactions(
  { path, request, model, verdictOnly }: CheckJob,
  history: PackedHistory,
  txns: Txns,
): Promise<Checked | undefined> {
  if (history.final.length > 0) return undefined;
  const { checkTxns } = await import('../checkers/elle/check-txns.ts');
  const began = performance.now();
  const verdict = checkTxns(txns, history.header, { ...request, verdictOnly });
  if (verdict === undefined) return undefined;
  const checkMs = performance.now() - began;
  const named = verdict.valid === false ? verdict.anomalies : [];
  const wanted = new Set(named.flatMap((a) => [...a.operations, ...(a.optional ?? [])]));
  const events = wanted.size === 0 ? [] : await readEvents(path, wanted);
  const told = model ?? history.header.model;
  return {
    verdict: withoutOrder({ ...verdict, checkMs }),
    notes: [...notesOf(path, history), ...(told === undefined ? [modelNote(txns.kind)] : [])],
    shown: shownOf(history, events),
  };
}

function notesOf(path: string, { notes }: PackedHistory): string[] {
  return notes.map((note) => `${basename(path)}: ${note}`);
}

function modelNote(model: string): string {
  return `model: ${model} (by its operations)`;
}

/** Of the history what a report of the verdict shows. */
function shownOf({ header, nemesis }: PackedHistory, events: readonly HistoryEvent[]): History {
  return { header, events, nemesis };
}
