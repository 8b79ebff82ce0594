/**
 * Properties of histories beside linearizability and transactions: what a set, a counter, a queue, a bank
 * must never show, each judged in one pass, with evidence that a second function re-verifies.
 */
import type { Value } from '../../base/operation.ts';
import type { HistoryHeader } from '../../history/event.ts';
import type { Call } from '../calls.ts';
import type { Anomaly } from '../verdict.ts';

/** A history as a property sees it: ranks count all events, so that calls of several keys compare. */
export interface Calls {
  readonly header: HistoryHeader;
  /** In the order of their invocations. */
  readonly all: readonly Call[];
}

/** What one pass found. */
export interface Finding {
  /** Observations that could have been wrong. 0: the verdict is unknown. */
  readonly observed: number;
  readonly keys: number;
  readonly anomalies: readonly Anomaly[];
  /** Numbers for people, in the order in which they are shown. */
  readonly figures: Readonly<Record<string, number>>;
  /** Why the history cannot be judged, or says too little, although something was observed. */
  readonly unfit?: string;
}

export interface Property {
  /** As `--checker` takes it. */
  readonly name: string;
  /** What it demands, in one line. */
  readonly demands: string;
  /** What must be in a history for it to say anything. */
  readonly wants: string;
  /** Total: whatever the operations are called and answer. */
  judge(calls: Calls): Finding;
  /**
   * Does the evidence hold? Looks at the history alone, by the definition; undefined: it does. Absent:
   * the property finds no anomalies.
   */
  verify?(calls: Calls, anomaly: Anomaly): string | undefined;
  /** Copies with one violation each, for as many kinds as the history has room for. */
  plants?(calls: Calls): readonly Calls[];
}

/** Equal for equal values; numbers stay numbers, which is fast. */
export function idOf(value: Value | undefined): number | string {
  return typeof value === 'number' ? value : `${JSON.stringify(value)}`;
}

/** Calls by key, in the order of the first. A history without keys is one key. */
export function byKey(calls: readonly Call[]): Map<number | string | undefined, Call[]> {
  const keys = new Map<number | string | undefined, Call[]>();
  for (const call of calls) {
    const of = keys.get(call.invoke.key);
    if (of === undefined) keys.set(call.invoke.key, [call]);
    else of.push(call);
  }
  return keys;
}

/** The key as an anomaly carries it. */
export function keyed(key: number | string | undefined): { readonly key?: number | string } {
  return key === undefined ? {} : { key };
}

/** The operations that an anomaly names, in its order; undefined: one of them is not in the history. */
export function named(calls: Calls, { operations }: Anomaly): readonly Call[] | undefined {
  const found = operations.map((index) => calls.all.find(({ invoke }) => invoke.index === index));
  return found.some((call) => call === undefined) ? undefined : (found as readonly Call[]);
}

/** The same history with another answer to one completed call. */
export function answering(
  calls: Calls,
  at: Call,
  answer: { value?: Value; result?: Value },
): Calls {
  const changed = { ...at, end: { ...(at.end as NonNullable<Call['end']>), ...answer } };
  return { ...calls, all: calls.all.map((call) => (call === at ? changed : call)) };
}

/** It happened. */
export function isOk(call: Call): boolean {
  return call.end?.type === 'ok';
}

/** It definitely did not happen. */
export function isFailed(call: Call): boolean {
  return call.end?.type === 'fail';
}

/** An operation in a sentence: `append 4 (event 12)`. */
export function said({ invoke }: Call): string {
  const value = invoke.value === null ? '' : ` ${JSON.stringify(invoke.value)}`;
  return `${invoke.f}${value} (event ${invoke.index})`;
}
