/** Evidence for registers: weakened histories, and short stretches that fail whatever came before. */
import type { Value } from '../../base/operation.ts';
import { type Call, isCertain } from '../calls.ts';
import { isUnfit, registerColumns, seesAdd } from '../columns.ts';
import { builtInModel } from '../models/models.ts';
import { confirmReason } from './confirm.ts';
import { type Answer, culpritOf } from './conflict.ts';
import {
  type Evidence,
  STRETCH_MAX,
  STRETCH_MIN,
  culpritLast,
  restored,
  stretchBefore,
} from './evidence-parts.ts';
import { judgeFrontier } from './frontier/judge.ts';
import { registerTask } from './frontier/register-task.ts';
import type { KeyQuestion } from './judge-key.ts';
import { sentence, stretchSentence } from './sentences.ts';
import { shrink } from './shrink.ts';
import { judgeWgl } from './wgl.ts';
import { judgeZones } from './zones.ts';

/** Judges some of the key's operations by zones. */
export function zones(calls: readonly Call[], { initial, calls: all }: KeyQuestion): Answer {
  const columns = registerColumns(calls, initial, seesAdd(all));
  return isUnfit(columns) ? { type: 'not-applicable', why: columns.unfit } : judgeZones(columns);
}

/** Weakens what was judged; undefined: it is not judged invalid anew. `first`: rows that may suffice. */
export function fromShrinking(
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

/** The history up to a failing return. */
export function fromWhole(
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

/** Forgets what returned before the stretch and lets it begin with any value; undefined: nothing found. */
export function fromStretch(question: KeyQuestion, culprit: number): Evidence | undefined {
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
      const [strong, optional] = [out(inner.strong), out(inner.optional)];
      if (whole) return { ...inner, strong, optional };
      // Each start fails in its own place; what all of them lead to is that the culprit's answer has none.
      const last = strong.includes(culprit) ? culprit : latest(calls, strong);
      const why = stretchSentence(
        strong.map((row) => calls[row] as Call),
        calls[last] as Call,
      );
      return { ...inner, strong: culpritLast(strong, last), optional, why };
    }
    if (whole) return undefined;
  }
  return undefined;
}

/** The row that returned last. */
function latest(calls: readonly Call[], rows: readonly number[]): number {
  const ret = (row: number): number => (calls[row] as Call).ret;
  return rows.reduce((last, row) => (ret(row) > ret(last) ? row : last));
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
