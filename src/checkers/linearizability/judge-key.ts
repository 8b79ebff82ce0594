/**
 * Chooses, for one key, the cheapest algorithm that can judge it, and says which it was.
 */
import type { Value } from '../../base/operation.ts';
import type { Call } from '../calls.ts';
import type { Model } from '../checker.ts';
import { type Columns, NOT, type Unfit, isUnfit, registerColumns, seesAdd } from '../columns.ts';
import { type ObjectKind, builtInModel } from '../models/models.ts';
import type { Limits } from '../verdict.ts';
import { judgeAdds } from './adds.ts';
import { listPlaces } from './append-list.ts';
import { type Places, judgeChain } from './chain.ts';
import { type Answer, culpritOf } from './conflict.ts';
import { counterPlaces } from './counter.ts';
import { type FrontierAnswer, judgeFrontier } from './frontier/judge.ts';
import { modelTask } from './frontier/model-task.ts';
import { registerTask } from './frontier/register-task.ts';
import { judgeQueue, refuteStack } from './queues.ts';
import { judgeWholeSet } from './whole-set.ts';
import { type ObjectPart, partsOfObject, woven } from './split.ts';
import { type Reached, judgeWgl } from './wgl.ts';
import { judgeZones } from './zones.ts';

/**
 * `auto`: the cheapest that applies; `zones`: only the linear ones; `frontier`: only the search along
 * the returns; `wgl`: only the classical search.
 */
export type Algorithm = 'auto' | 'zones' | 'frontier' | 'wgl';

/**
 * Who judged a key: zones, the rules of counters, lists, queues and sets, a search; or its parts were
 * judged, each by the cheapest of these.
 */
export type JudgedBy =
  | 'zones'
  | 'chain'
  | 'append-list'
  | 'matching'
  | 'parts'
  | 'queue'
  | 'inclusion'
  | 'frontier'
  | 'wgl';

export interface KeyAnswer {
  readonly by: JudgedBy;
  readonly answer: Answer;
  /** What the linear algorithms looked at; planted violations go into copies of it. */
  readonly columns?: Columns;
  readonly places?: Places;
  /** What was judged by its calls, where the model is built in and so violations can be planted. */
  readonly searched?: {
    readonly calls: readonly Call[];
    readonly kind: ObjectKind;
    /** The same algorithm on other calls. */
    judge(calls: readonly Call[], limits: Limits): Answer;
  };
  /** The columns that the frontier search looked at. */
  readonly task?: Columns;
  /** The frontier search: most configurations at once; and where it failed, the states still possible. */
  readonly widest?: number;
  readonly states?: readonly Value[];
}

export interface KeyQuestion {
  readonly calls: readonly Call[];
  /** Undefined: a user's model, which only the search can judge. */
  readonly kind: ObjectKind | undefined;
  readonly initial: Value;
  readonly model: Model<unknown>;
  readonly algorithm: Algorithm;
  readonly limits: Limits;
  /** Only the verdict: no linearization, no reason beyond the conflict. */
  readonly verdictOnly?: boolean | undefined;
  /** Told now and then how far a search has come. */
  readonly onReached?: ((reached: Reached) => void) | undefined;
}

/** Judges one key, with a linearization if it is valid and one is wanted. */
export function judgeKey(question: KeyQuestion): KeyAnswer {
  const { calls, algorithm, model, limits, onReached, verdictOnly } = question;
  const wantOrder = verdictOnly !== true;
  const fast = algorithm === 'auto' || algorithm === 'zones' ? judgeFast(question) : undefined;
  if (fast !== undefined && (algorithm === 'zones' || fast.answer.type !== 'not-applicable'))
    return fast.columns === undefined && fast.places === undefined
      ? { ...fast, ...again(question, (other) => judgeFast(other)?.answer) }
      : fast;
  if (algorithm !== 'wgl') {
    const found = frontierAnswer(question, { limits, wantOrder, onReached });
    const final = algorithm === 'frontier' || question.kind === 'register';
    if (final || found.answer.type !== 'undecided')
      return { ...found, ...again(question, refutedOrSearched) };
  }
  return {
    by: 'wgl',
    answer: judgeWgl(calls, model, limits, wantOrder, onReached),
    ...again(question, (other) => judgeWgl(other.calls, other.model, other.limits)),
  };
}

/** By a rule, if that refutes it; else by the search. */
function refutedOrSearched(question: KeyQuestion): Answer {
  const fast = question.algorithm === 'auto' ? judgeFast(question)?.answer : undefined;
  return fast?.type === 'invalid' ? fast : frontierAnswer(question, question).answer;
}

/** How to ask the same algorithm about other calls of the key. */
function again(
  { calls, kind, initial, algorithm }: KeyQuestion,
  ask: (other: KeyQuestion) => Answer | undefined,
): Pick<KeyAnswer, 'searched'> {
  if (kind === undefined) return {};
  return {
    searched: {
      calls,
      kind,
      judge: (other, limits) =>
        ask({
          calls: other,
          kind,
          initial,
          model: builtInModel(kind, other, initial),
          algorithm,
          limits,
        }) ?? { type: 'not-applicable', why: 'another algorithm' },
    },
  };
}

/** Asks the frontier search: by the columns of a register where they fit, else by the model. */
function frontierAnswer(
  { calls, kind, initial, model }: KeyQuestion,
  options: Parameters<typeof judgeFrontier>[1],
): Pick<KeyAnswer, 'by' | 'answer' | 'widest' | 'states' | 'task'> {
  const columns = kind === 'register' ? registerColumns(calls, initial) : NO_COLUMNS;
  const fit = !isUnfit(columns);
  const found = judgeFrontier(fit ? registerTask(columns) : modelTask(calls, model), options);
  return {
    by: 'frontier',
    answer: found.answer,
    widest: found.widest,
    ...(fit && { task: columns }),
    ...statesOf(found, columns),
  };
}

const NO_COLUMNS: Unfit = { unfit: 'no register' };

function statesOf({ states }: FrontierAnswer, columns: Columns | Unfit): Pick<KeyAnswer, 'states'> {
  if (states === undefined || isUnfit(columns)) return {};
  return { states: states.flatMap((id) => columns.values[id] ?? []).slice(0, STATES_SHOWN) };
}

const STATES_SHOWN = 10;

function judgeFast(question: KeyQuestion): KeyAnswer | undefined {
  const { calls, kind, initial, verdictOnly } = question;
  if (kind === undefined) return undefined;
  const parts = partsOfObject(kind, calls, initial);
  if (parts !== undefined) return judgeParts(question, parts);
  if (kind === 'queue' || kind === 'bag')
    return { by: 'queue', answer: judgeQueue(calls, initial, kind === 'queue' ? 'fifo' : 'any') };
  if (kind === 'stack') return { by: 'queue', answer: refuteStack(calls, initial) };
  if (kind === 'set') return { by: 'inclusion', answer: judgeWholeSet(calls, initial) };
  if (kind !== 'register' && kind !== 'list') return undefined;
  if (kind === 'list') return judgePlaces('append-list', listPlaces(calls, initial));
  if (seesAdd(calls)) {
    const counter = judgePlaces('chain', counterPlaces(calls, initial));
    if (counter.answer.type !== 'not-applicable') return counter;
    const matched = judgeAdds(calls, initial);
    if (matched.type !== 'not-applicable') return { by: 'matching', answer: matched };
  }
  const columns = registerColumns(calls, initial);
  if (isUnfit(columns))
    return { by: 'zones', answer: { type: 'not-applicable', why: columns.unfit } };
  if (columns.f.includes(NOT))
    return {
      by: 'zones',
      answer: { type: 'not-applicable', why: 'a failed cas says only what was not there' },
    };
  return { by: 'zones', answer: judgeZones(columns, verdictOnly !== true), columns };
}

/** Valid if every part is. If not, where the first of them to fail fails. */
function judgeParts(question: KeyQuestion, parts: readonly ObjectPart[]): KeyAnswer {
  const { calls } = question;
  const orders: number[][] = [];
  let [failed, undecided, widest]: [number, Answer | undefined, number] = [-1, undefined, 0];
  for (const { kind, initial, calls: some, rows } of parts) {
    const model = builtInModel(kind, some, initial);
    const part = { ...question, kind, initial, calls: some, model, onReached: undefined };
    const judged = judgeKey(part);
    widest = Math.max(widest, judged.widest ?? 0);
    const { answer } = judged;
    if (answer.type === 'valid')
      orders.push(Array.from(answer.order, (row) => rows[row] as number));
    else if (answer.type === 'invalid') {
      const { answer: exact } = frontierAnswer(part, { limits: question.limits });
      const { conflict } = exact.type === 'invalid' ? exact : answer;
      const at = rows[culpritOf(some, conflict)] as number;
      if (failed === -1 || (calls[at] as Call).ret < (calls[failed] as Call).ret) failed = at;
    } else
      undecided ??=
        answer.type === 'undecided' ? { ...answer, at: rows[answer.at] as number } : answer;
  }
  const answer: Answer =
    failed !== -1
      ? { type: 'invalid', conflict: { kind: 'exhausted', op: failed } }
      : (undecided ?? { type: 'valid', order: woven(calls, orders) });
  return { by: 'parts', answer, widest };
}

function judgePlaces(by: JudgedBy, places: ReturnType<typeof counterPlaces>): KeyAnswer {
  if (isUnfit(places)) return { by, answer: { type: 'not-applicable', why: places.unfit } };
  if ('conflict' in places) return { by, answer: { type: 'invalid', conflict: places.conflict } };
  return { by, answer: judgeChain(places, true), places };
}
