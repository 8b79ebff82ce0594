/**
 * One key of a packed history, judged with all that a pass needs to be believed. Question and outcome are
 * plain data, so that any thread may be asked.
 */
import type { Columns } from './columns.ts';
import { NOT } from './columns.ts';
import type { Answer } from './linearizability/conflict.ts';
import { judgeFrontier } from './linearizability/frontier/judge.ts';
import { registerTask } from './linearizability/frontier/register-task.ts';
import type { Algorithm, KeyAnswer } from './linearizability/judge-key.ts';
import { type Planted, plantInto } from './linearizability/power.ts';
import { verifyColumns } from './linearizability/verify-columns.ts';
import type { Reached } from './linearizability/wgl.ts';
import { judgeZones } from './linearizability/zones.ts';
import type { Limits } from './verdict.ts';

/** What is asked about a key. */
export interface ColumnsAsk {
  readonly algorithm: Exclude<Algorithm, 'wgl'>;
  readonly limits: Limits;
  /** Build a linearization and walk it again. */
  readonly prove: boolean;
  /** Plant violations into copies of it. */
  readonly plant: boolean;
}

/**
 * An answer without its order, which was walked again: `wrong` says what did not hold. `lost`: whoever was
 * asked came to an end before the answer, at the return of `at`.
 */
export interface KeyOutcome extends Pick<KeyAnswer, 'by' | 'widest'> {
  readonly answer:
    | Exclude<Answer, { readonly type: 'valid' }>
    | { readonly type: 'valid' }
    | { readonly type: 'wrong'; readonly why: string }
    | {
        readonly type: 'lost';
        readonly reason: 'memory' | 'crashed-check';
        readonly why: string;
        readonly at?: Reached;
      };
  /** With more memory it might have been another one. */
  readonly short?: true;
  /** Absent: nothing was planted. */
  readonly power?: Planted;
}

/** By zones alone; undefined: it is one for the search. */
export function judgeByZones(columns: Columns, ask: ColumnsAsk): KeyOutcome | undefined {
  if (ask.algorithm === 'frontier') return undefined;
  const answer = columns.f.includes(NOT) ? NO_ZONES : judgeZones(columns, ask.prove);
  if (answer.type === 'not-applicable' && ask.algorithm !== 'zones') return undefined;
  return proved({ by: 'zones', answer, columns }, columns, ask);
}

const NO_ZONES: Answer = {
  type: 'not-applicable',
  why: 'a failed cas says only what was not there',
};

/** By the search along the returns. */
export function judgeBySearch(
  columns: Columns,
  { limits, ...ask }: ColumnsAsk,
  onReached?: (reached: Reached) => void,
): KeyOutcome {
  const found = judgeFrontier(registerTask(columns), { limits, wantOrder: ask.prove, onReached });
  const { answer, widest, short } = found;
  const outcome = proved({ by: 'frontier', answer, widest, task: columns }, columns, ask);
  return { ...outcome, ...(short && { short }) };
}

function proved(
  key: KeyAnswer,
  columns: Columns,
  { prove, plant }: Pick<ColumnsAsk, 'prove' | 'plant'>,
): KeyOutcome {
  const { by, answer, widest } = key;
  const judged = { by, ...(widest !== undefined && { widest }) };
  if (answer.type !== 'valid') return { ...judged, answer };
  const wrong = prove ? verifyColumns(columns, answer.order) : undefined;
  if (wrong !== undefined) return { ...judged, answer: { type: 'wrong', why: wrong } };
  return { ...judged, answer: { type: 'valid' }, ...(plant && { power: plantInto(key) }) };
}
