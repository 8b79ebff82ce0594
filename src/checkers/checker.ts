import type { Op, Outcome } from '../base/operation.ts';
import type { History } from '../history/event.ts';
import type { Anomaly, Limits } from './verdict.ts';

/** What a checker says; a whole `Verdict` is one. */
export type CheckerAnswer =
  | { readonly valid: true }
  | { readonly valid: false; readonly anomalies: readonly Anomaly[] }
  | { readonly valid: 'unknown'; readonly why: string };

/** Pure and total: an answer for any history, garbage included. Limits are steps and bytes, never seconds. */
export interface Checker {
  readonly name: string;
  check(history: History, limits?: Limits): CheckerAnswer;
}

/** A sequential specification. Built in, or a user's module (`--model ./mine.ts`). */
export interface Model<S = unknown> {
  readonly name: string;
  readonly init: S;
  /** The state after `op` with that result, or undefined if it could not have given it. */
  step(s: S, op: Op, result: Outcome): S | undefined;
  /** Equal keys, equal behaviour. */
  key(s: S): string | number;
  /** Part of the history that is independent of the others; undefined: do not split. */
  partition?(op: Op): string | undefined;
  /** What is known of an operation with that result, whatever the state. Only makes the search faster. */
  traits?(op: Op, result: Outcome): Traits;
  /** False only if the operation can never become possible from this state on. Only makes the search faster. */
  viable?(s: S, op: Op, result: Outcome): boolean;
  /**
   * `late`: which order of concurrent operations was right shows only long after (a stack, a priority
   * queue). Such a model is searched depth first. Only makes the search faster. Default `early`.
   */
  readonly observed?: 'early' | 'late';
  /** Told the whole history of the key, knows which moves lead nowhere. Only makes the search faster. */
  foresee?(history: readonly Foreseen[]): Foresight<S>;
}

export interface Foresight<S> {
  /**
   * True only if, once the operation has taken effect in this state, no order can complete the history. A
   * search that is told so may fail before the return that has no place.
   */
  refuses(s: S, op: Op, result: Outcome): boolean;
}

/** An operation that happened, or may have. `call` and `ret` number the events; Infinity: it never returned. */
export interface Foreseen {
  readonly op: Op;
  readonly result: Outcome;
  readonly call: number;
  readonly ret: number;
}

/** A wrong one makes verdicts wrong; a missing one only costs time. */
export interface Traits {
  /** It never changes any state: a read. */
  readonly pure?: boolean;
  /** It is possible in every state: a write, an add without an answer. */
  readonly total?: boolean;
  /** It is possible in every state, and the state after does not depend on the one before: a write. */
  readonly reset?: boolean;
}
