/**
 * Chooses, for one key, the cheapest algorithm that can judge it, and says which it was.
 */
import type { Value } from '../../base/operation.ts';
import type { Call } from '../calls.ts';
import type { Model } from '../checker.ts';
import { type Columns, isUnfit, registerColumns, seesAdd } from '../columns.ts';
import type { ObjectKind } from '../models/models.ts';
import type { Limits } from '../verdict.ts';
import { listPlaces } from './append-list.ts';
import { type Places, judgeChain } from './chain.ts';
import type { Answer } from './conflict.ts';
import { counterPlaces } from './counter.ts';
import { type Reached, judgeWgl } from './wgl.ts';
import { judgeZones } from './zones.ts';

/** `auto`: the cheapest that applies; `zones`: only the linear ones; `wgl`: only the search. */
export type Algorithm = 'auto' | 'zones' | 'wgl';

/** Who judged a key: zones, the chain rule of counters, the one of lists, or the search. */
export type JudgedBy = 'zones' | 'chain' | 'append-list' | 'wgl';

export interface KeyAnswer {
  readonly by: JudgedBy;
  readonly answer: Answer;
  /** What the linear algorithms looked at; planted violations go into copies of it. */
  readonly columns?: Columns;
  readonly places?: Places;
  /** What the search looked at, where the model is built in and so violations can be planted. */
  readonly searched?: Pick<KeyQuestion, 'calls' | 'model'>;
}

export interface KeyQuestion {
  readonly calls: readonly Call[];
  /** Undefined: a user's model, which only the search can judge. */
  readonly kind: ObjectKind | undefined;
  readonly initial: Value;
  readonly model: Model<unknown>;
  readonly algorithm: Algorithm;
  readonly limits: Limits;
  /** Told now and then how far a search has come. */
  readonly onReached?: ((reached: Reached) => void) | undefined;
}

/** Judges one key, with a linearization if it is valid. */
export function judgeKey(question: KeyQuestion): KeyAnswer {
  const { calls, algorithm, model, limits, onReached } = question;
  const fast = algorithm === 'wgl' ? undefined : judgeFast(question);
  if (fast !== undefined && (algorithm === 'zones' || fast.answer.type !== 'not-applicable'))
    return fast;
  const answer = judgeWgl(calls, model, limits, true, onReached);
  return { by: 'wgl', answer, ...(question.kind !== undefined && { searched: { calls, model } }) };
}

function judgeFast({ calls, kind, initial }: KeyQuestion): KeyAnswer | undefined {
  if (kind === undefined) return undefined;
  if (kind === 'list') return judgePlaces('append-list', listPlaces(calls, initial));
  if (seesAdd(calls)) {
    const counter = judgePlaces('chain', counterPlaces(calls, initial));
    if (counter.answer.type !== 'not-applicable') return counter;
  }
  const columns = registerColumns(calls, initial);
  if (isUnfit(columns))
    return { by: 'zones', answer: { type: 'not-applicable', why: columns.unfit } };
  return { by: 'zones', answer: judgeZones(columns, true), columns };
}

function judgePlaces(by: JudgedBy, places: ReturnType<typeof counterPlaces>): KeyAnswer {
  if (isUnfit(places)) return { by, answer: { type: 'not-applicable', why: places.unfit } };
  if ('conflict' in places) return { by, answer: { type: 'invalid', conflict: places.conflict } };
  return { by, answer: judgeChain(places, true), places };
}
