/**
 * From "there is no order" to what a person can check: a few operations, a sentence, and whether a
 * second checker agrees.
 */
import type { Value } from '../../base/operation.ts';
import { type Call, isCertain, isUnknown } from '../calls.ts';
import { isUnfit, registerColumns, seesAdd } from '../columns.ts';
import type { Anomaly } from '../verdict.ts';
import { bruteForce } from './brute-force.ts';
import { confirmPlaces } from './confirm-places.ts';
import { type Reason, confirmReason } from './confirm.ts';
import { type Answer, type Conflict, culpritOf, rowsOf } from './conflict.ts';
import { judgeFrontier } from './frontier/judge.ts';
import { registerTask } from './frontier/register-task.ts';
import type { KeyAnswer, KeyQuestion } from './judge-key.ts';
import { sentence } from './sentences.ts';
import { builtInModel } from '../models/models.ts';
import { shrink } from './shrink.ts';
import { optionalOf } from './weaken.ts';
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
      ...(judged.states !== undefined && { states: judged.states }),
    },
  };
}

function evidenceOf(question: KeyQuestion, judged: KeyAnswer, conflict: Conflict): Evidence {
  if (question.verdictOnly === true) return plain(question, conflict);
  switch (judged.by) {
    case 'zones':
      return (
        fromShrinking(question, rowsOf(conflict), (calls) => zones(calls, question)) ??
        plain(question, conflict)
      );
    case 'chain':
    case 'append-list':
      return fromPlaces(question, judged.by === 'chain' ? 'counter' : 'list', conflict);
    case 'queue':
    case 'inclusion':
      return fromRule(question, conflict);
    case 'frontier':
    case 'wgl':
      return fromSearch(question, conflict, judged.by);
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
  { searched = false, trials = 400, starts = [question.initial] }: ShrinkOptions = {},
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
    confirmed: starts.every((start) =>
      confirmReason(
        { calls, strong, optional },
        start === question.initial ? model : builtInModel('register', calls, start),
        searched,
      ),
    ),
  };
}

interface ShrinkOptions {
  /** The classical search found it, so it is no second opinion. */
  readonly searched?: boolean;
  /** Histories judged at most. */
  readonly trials?: number;
  /** Values with which the history may begin; each is confirmed. Default: the initial one. */
  readonly starts?: readonly Value[];
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
 * The search knows the first return that cannot be passed. What was called after it is needed only
 * where somebody looks at what it wrote; and mostly a short stretch before it suffices, whatever the
 * value was when the stretch began.
 */
function fromSearch(question: KeyQuestion, conflict: Conflict, by: 'frontier' | 'wgl'): Evidence {
  const { calls, model, kind } = question;
  const end = (calls[culpritOf(calls, conflict)] as Call).ret;
  const prefix = calls.flatMap((call, row) => (call.call < end ? [row] : []));
  if (kind === 'register') {
    const shrunk =
      fromStretch(question, culpritOf(calls, conflict)) ?? fromWhole(question, prefix, by);
    if (shrunk !== undefined) return shrunk;
  }
  const strong = prefix.filter((row) => isCertain(calls[row] as Call));
  const optional = prefix.filter((row) => isUnknown(calls[row] as Call));
  return {
    strong: culpritLast(strong.slice(-WINDOW), culpritOf(calls, conflict)),
    optional: optional.slice(-WINDOW),
    why: sentence(calls, conflict),
    confirmed: confirmReason(wholeOf(calls), model, by === 'wgl'),
  };
}

function fromWhole(
  question: KeyQuestion,
  prefix: readonly number[],
  by: 'frontier' | 'wgl',
): Evidence | undefined {
  const { calls, model, initial } = question;
  const steps = Math.max(20_000, 3 * calls.length);
  const sees = seesAdd(calls);
  const judge = (some: readonly Call[]): Answer =>
    by === 'wgl'
      ? judgeWgl(some, model, { steps })
      : (refute(some, initial, sees, steps) ?? { type: 'not-applicable', why: 'not refuted' });
  const trials = Math.ceil(SHRINK_STEPS / steps);
  return fromShrinking(question, prefix, judge, { searched: by === 'wgl', trials });
}

/** Of a failing stretch, from the return at which it fails backwards: as many returns, doubled as needed. */
const STRETCH_MIN = 4;
const STRETCH_MAX = 512;

/** Forgets what returned before the stretch and lets it begin with any value; undefined: nothing found. */
function fromStretch(question: KeyQuestion, culprit: number): Evidence | undefined {
  const { calls } = question;
  const sees = seesAdd(calls);
  for (let returns = STRETCH_MIN; returns <= STRETCH_MAX; returns *= 2) {
    const { rows, stretch, whole } = stretchBefore(calls, culprit, returns);
    const starts = whole ? [question.initial] : startsOf(stretch, question.initial);
    const judge = (some: readonly Call[]): Answer =>
      refuteFromAll(some, starts, sees) ?? { type: 'not-applicable', why: 'not refuted' };
    if (judge(stretch).type === 'invalid') {
      const inner = fromShrinking(
        { ...question, calls: stretch },
        stretch.map((_, i) => i),
        judge,
        { starts, trials: 200 },
      );
      if (inner === undefined) return undefined;
      const out = (list: readonly number[]): number[] => list.map((i) => rows[i] as number);
      return { ...inner, strong: out(inner.strong), optional: out(inner.optional) };
    }
    if (whole) return undefined;
  }
  return undefined;
}

/** What is not over before the last so many returns; writers that began before them are optional. */
function stretchBefore(
  calls: readonly Call[],
  culprit: number,
  returns: number,
): { rows: number[]; stretch: Call[]; whole: boolean } {
  const end = (calls[culprit] as Call).ret;
  const rets: number[] = [];
  for (const { ret } of calls) if (ret <= end) rets.push(ret);
  rets.sort((x, y) => y - x);
  const whole = rets.length <= returns;
  const cut = whole ? -1 : (rets[returns] as number);
  const rows: number[] = [];
  const stretch: Call[] = [];
  for (const [row, call] of calls.entries()) {
    if (call.call > end || call.ret <= cut) continue;
    const began = call.call < cut || call.ret > end;
    const looks = call.invoke.f === 'read' || call.invoke.f === 'not' || call.end?.type === 'fail';
    if (began && looks) continue;
    rows.push(row);
    stretch.push(began ? optionalOf(call) : call);
  }
  return { rows, stretch, whole };
}

/** Values with which a stretch could begin: each that occurs in it, and one that does not. */
function startsOf(stretch: readonly Call[], initial: Value): Value[] {
  const columns = registerColumns(stretch, initial);
  if (isUnfit(columns)) return [];
  return [...columns.values, [['any other']]];
}

/** A refutation from every value with which it could begin. */
function refuteFromAll(
  calls: readonly Call[],
  starts: readonly Value[],
  sees: boolean,
): (Answer & { readonly type: 'invalid' }) | undefined {
  let last: (Answer & { readonly type: 'invalid' }) | undefined;
  for (const start of starts) {
    last = refute(calls, start, sees, STRETCH_STEPS);
    if (last === undefined) return undefined;
  }
  return last;
}

const STRETCH_STEPS = 50_000;

/** The frontier search where it only looks for a proof that there is no order. */
function refute(
  calls: readonly Call[],
  initial: Value,
  sees: boolean,
  steps: number,
): (Answer & { readonly type: 'invalid' }) | undefined {
  const columns = registerColumns(calls, initial, sees);
  if (isUnfit(columns)) return undefined;
  const { answer } = judgeFrontier(registerTask(columns), {
    limits: { steps },
    onlyInvalid: true,
  });
  return answer.type === 'invalid' ? answer : undefined;
}

/** Steps that shrinking a search may take in all. */
const SHRINK_STEPS = 8_000_000;

/** Of a reason that could not be shrunk, at most so many operations are named: the last ones. */
const WINDOW = 60;

/**
 * Queues and sets: the history of a few elements alone is linearizable wherever the whole one is, so the
 * brute force is asked about the elements that the conflict names.
 */
function fromRule(question: KeyQuestion, conflict: Conflict): Evidence {
  const { calls, model } = question;
  const rows = new Set(rowsOf(conflict));
  const named = new Set([...rows].flatMap((row) => elementsNamed(calls[row] as Call)));
  const few = calls.filter(
    (call, row) =>
      rows.has(row) ||
      (call.invoke.f !== 'read' && elementsNamed(call).some((element) => named.has(element))),
  );
  const reads = few.some(({ invoke }) => invoke.f === 'read');
  return {
    ...plain(question, conflict),
    confirmed: !reads && few.length <= CONFIRM_MAX && !bruteForce(few, model),
  };
}

const CONFIRM_MAX = 12;

/** Elements that an operation puts in or takes out. */
function elementsNamed({ invoke, end }: Call): string[] {
  if (invoke.f === 'read') return [];
  const value = invoke.f === 'dequeue' ? end?.value : invoke.value;
  return value === undefined || value === null ? [] : [JSON.stringify(value)];
}

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
