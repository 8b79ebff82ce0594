/**
 * The ordinary check of a file: events as objects, all checks and models, those of the user's files too.
 */
import { type CheckRequest, checkHistory, joinVerdicts } from '../checkers/check.ts';
import type { CheckProgress } from '../checkers/linearizable.ts';
import { inferModel } from '../checkers/models/infer.ts';
import { judgeByOwn } from '../checkers/own-code.ts';
import type { Verdict } from '../checkers/verdict.ts';
import type { Judgement } from '../checkers/walk-anomaly.ts';
import { UserError } from '../base/user-error.ts';
import type { History, HistoryEvent } from '../history/event.ts';
import { splitKeys } from '../history/independent.ts';
import { readHistory } from '../history/read.ts';
import type { CheckJob, Checked } from './check-in-worker.ts';
import { judgeNodeLogs } from './node-logs.ts';
import { readingNotes, withoutOrder } from './reading-notes.ts';
import { evidenceOf } from './results.ts';
import { isPath, loadChecker, loadModel } from './user-modules.ts';

/** Reads and judges it. Throws a `UserError` for what the user can mend. */
export async function checkEvents(
  job: CheckJob,
  onProgress: (progress: CheckProgress) => void,
): Promise<Checked> {
  const { request, verdictOnly } = job;
  const { history, notes, judgement } = await readToJudge(job);
  const own = await Promise.all((job.ownCheckers ?? []).map(loadChecker));
  const logs = await judgeNodeLogs(job.path, request.logPatterns);
  const began = performance.now();
  const ask: CheckRequest = { ...request, ...judgement, verdictOnly, onProgress };
  const builtIn = request.checkers?.length === 0 ? [] : [checkHistory(history, ask)];
  const verdict = joinVerdicts([
    ...builtIn,
    ...own.map(({ value }) => judgeByOwn(value, history, request.limits)),
    ...logs,
  ]);
  const checkMs = performance.now() - began;
  return {
    verdict: withoutOrder({ ...verdict, checkMs }),
    notes,
    shown: shownOf(history, verdict),
  };
}

/** The history as it is judged, and how. Throws a `UserError`. */
export async function readToJudge({
  path,
  request,
  model,
  independent,
  map,
}: CheckJob): Promise<{ history: History; notes: readonly string[]; judgement: Judgement }> {
  const read = await readHistory(path, { map });
  const { history, split } = splitKeys(read.history, independent ?? (read.foreign ? 'auto' : 'no'));
  const nilRead = request.nilRead ?? (read.foreign ? 'any' : 'unset');
  const chosen = await chooseModel(history, model, request.checkers);
  return {
    history,
    notes: [
      ...read.notes,
      ...readingNotes(split, nilRead, silentReads(history.events)),
      ...chosen.notes,
    ],
    judgement: {
      nilRead,
      failedCas: request.failedCas,
      initial: request.initial,
      ...(chosen.model !== undefined && { model: chosen.model }),
    },
  };
}

/** Reads of nil that ended well. */
function silentReads(events: readonly HistoryEvent[]): number {
  return events.filter((e) => e.type === 'ok' && e.f === 'read' && e.value === null).length;
}

/**
 * The model of a flag, else that of the history, else by the operations; none where no check that was asked
 * for judges by one. Code comes from a flag only.
 */
async function chooseModel(
  history: History,
  flag: string | undefined,
  checkers: readonly string[] = BY_MODEL,
): Promise<{ model?: CheckRequest['model']; notes: readonly string[] }> {
  if (flag !== undefined && isPath(flag)) {
    const { value } = await loadModel(flag);
    return { model: value as CheckRequest['model'], notes: [] };
  }
  if (history.events.length === 0) return { notes: [] };
  if (flag === undefined && !checkers.some((name) => BY_MODEL.includes(name))) return { notes: [] };
  const inferred = inferModel(history.events, flag ?? history.header.model);
  if ('why' in inferred)
    throw new UserError(
      `${inferred.why}.`,
      `Choose one with --model: ${inferred.candidates.join(', ')}, or a file of yours: --model ./mine.ts.`,
    );
  const { model, how } = inferred;
  return { model, notes: how === 'named' ? [] : [`model: ${model} (${how})`] };
}

const BY_MODEL: readonly string[] = ['linearizable', 'elle'];

/** What a report of the verdict shows: the operations that it names, and the faults. */
function shownOf({ header, events, nemesis }: History, verdict: Verdict): History {
  const named = verdict.valid === false ? evidenceOf(verdict.anomalies, events) : [];
  return { header, events: named, nemesis };
}
