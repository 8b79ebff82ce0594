/**
 * From "there is no order" to what a person can check: a few operations, a sentence, and whether a
 * second checker agrees.
 */
import { type Call, isCertain, isUnknown } from '../calls.ts';
import { isUnfit, registerColumns, seesAdd } from '../columns.ts';
import type { Anomaly } from '../verdict.ts';
import { confirmPlaces } from './confirm-places.ts';
import { type Reason, confirmReason } from './confirm.ts';
import { type Answer, type Conflict, culpritOf, rowsOf } from './conflict.ts';
import type { KeyAnswer, KeyQuestion } from './judge-key.ts';
import { sentence } from './sentences.ts';
import { shrink } from './shrink.ts';
import { judgeWgl } from './wgl.ts';
import { judgeZones } from './zones.ts';

interface Evidence {
  /** Rows in the order of their calls, but the one that cannot be placed last. */
  readonly strong: readonly number[];
  readonly optional: readonly number[];
  readonly why: string;
  readonly confirmed: boolean;
}

/** The anomaly of a key that is not linearizable. */
export function anomalyOf(
  key: number | string | undefined,
  question: KeyQuestion,
  judged: KeyAnswer,
  conflict: Conflict,
): Anomaly {
  const { calls } = question;
  const evidence = evidenceOf(question, judged, conflict);
  const index = (row: number): number => (calls[row] as Call).invoke.index;
  return {
    type: 'nonlinearizable',
    ...(key !== undefined && { key }),
    why: evidence.why,
    operations: evidence.strong.map(index),
    optional: evidence.optional.map(index),
    detail: {
      algorithm: judged.by,
      conflict: conflict.kind,
      confirmed: evidence.confirmed,
      of: calls.length,
    },
  };
}

function evidenceOf(question: KeyQuestion, judged: KeyAnswer, conflict: Conflict): Evidence {
  switch (judged.by) {
    case 'zones':
      return (
        fromShrinking(question, rowsOf(conflict), (calls) => zones(calls, question)) ??
        plain(question, conflict)
      );
    case 'chain':
    case 'append-list':
      return fromPlaces(question, judged.by === 'chain' ? 'counter' : 'list', conflict);
    case 'wgl':
      return fromSearch(question, conflict);
  }
}

/** Judges some of the key's operations by zones. */
function zones(calls: readonly Call[], { initial, calls: all }: KeyQuestion): Answer {
  const columns = registerColumns(calls, initial, seesAdd(all));
  return isUnfit(columns) ? { type: 'not-applicable', why: columns.unfit } : judgeZones(columns);
}

function fromShrinking(
  question: KeyQuestion,
  first: readonly number[],
  judge: (calls: readonly Call[]) => Answer,
  { searched = false, trials = 400 } = {},
): Evidence | undefined {
  const { calls, model } = question;
  const shrunk = shrink(calls, first, judge, trials);
  if (shrunk === undefined) return undefined;
  const { rows, calls: small } = shrunk.weakened;
  const strong = rows.filter(
    (row) => shrunk.levels[row] === 'strong' && isCertain(calls[row] as Call),
  );
  const certain = new Set(strong);
  const optional = new Map(
    rows.flatMap((row, i) => (certain.has(row) ? [] : [[row, small[i] as Call] as const])),
  );
  return {
    strong: culpritLast(strong, rows[culpritOf(small, shrunk.answer.conflict)]),
    optional: [...optional.keys()],
    why: sentence(restored(small, rows, calls), shrunk.answer.conflict, calls),
    confirmed: confirmReason({ calls, strong, optional }, model, searched),
  };
}

/** The small history with the outcomes as recorded, so that words tell what happened. */
function restored(small: readonly Call[], rows: readonly number[], calls: readonly Call[]): Call[] {
  return small.map((_, i) => calls[rows[i] as number] as Call);
}

function plain({ calls }: KeyQuestion, conflict: Conflict): Evidence {
  return {
    strong: culpritLast(byCall(rowsOf(conflict)), culpritOf(calls, conflict)),
    optional: [],
    why: sentence(calls, conflict),
    confirmed: false,
  };
}

function fromPlaces(question: KeyQuestion, kind: 'counter' | 'list', conflict: Conflict): Evidence {
  const { calls, initial } = question;
  return {
    ...plain(question, conflict),
    confirmed: confirmPlaces(calls, conflict, initial, kind),
  };
}

/**
 * The search knows the first return that cannot be passed, so what was called after it is needed only
 * where somebody looks at what it wrote.
 */
function fromSearch(question: KeyQuestion, conflict: Conflict): Evidence {
  const { calls, model, kind } = question;
  const end = (calls[culpritOf(calls, conflict)] as Call).ret;
  const prefix = calls.flatMap((call, row) => (call.call < end ? [row] : []));
  if (kind === 'register') {
    const steps = Math.max(20_000, 3 * calls.length);
    const judge = (some: readonly Call[]): Answer => judgeWgl(some, model, { steps });
    const trials = Math.ceil(SHRINK_STEPS / steps);
    const shrunk = fromShrinking(question, prefix, judge, { searched: true, trials });
    if (shrunk !== undefined) return shrunk;
  }
  const strong = prefix.filter((row) => isCertain(calls[row] as Call));
  const optional = prefix.filter((row) => isUnknown(calls[row] as Call));
  return {
    strong: culpritLast(strong.slice(-WINDOW), culpritOf(calls, conflict)),
    optional: optional.slice(-WINDOW),
    why: sentence(calls, conflict),
    confirmed: confirmReason(wholeOf(calls), model, true),
  };
}

/** Steps that shrinking a search may take in all. */
const SHRINK_STEPS = 8_000_000;

/** Of a reason that could not be shrunk, at most so many operations are named: the last ones. */
const WINDOW = 60;

/** Everything as recorded. */
function wholeOf(calls: readonly Call[]): Reason {
  return {
    calls,
    strong: calls.flatMap((call, row) => (isCertain(call) ? [row] : [])),
    optional: new Map(calls.flatMap((call, row) => (isUnknown(call) ? [[row, call]] : []))),
  };
}

function byCall(rows: readonly number[]): number[] {
  return [...new Set(rows)].toSorted((x, y) => x - y);
}

function culpritLast(rows: readonly number[], culprit: number | undefined): readonly number[] {
  if (culprit === undefined || !rows.includes(culprit)) return rows;
  return [...rows.filter((row) => row !== culprit), culprit];
}
