/**
 * What a check says. Three values; the worst wins; a crashed, timed-out or vacuous check is unknown.
 */
import type { Value } from '../base/operation.ts';

/** Something that went wrong, by its name in the field, with evidence that a person can follow. */
export interface Anomaly {
  /** `nonlinearizable`, `divergent`, `crash`, or Elle's names for transactions. */
  readonly type: string;
  readonly key?: number | string;
  /** One paragraph in plain words. */
  readonly why: string;
  /** Indices of the invocations that suffice to show it, most telling last. */
  readonly operations: readonly number[];
  /** Optional operations kept in the evidence: they may or may not have happened. */
  readonly optional?: readonly number[];
  readonly detail?: Readonly<Record<string, unknown>>;
}

export type UnknownReason =
  | 'budget'
  | 'memory'
  | 'time'
  | 'nothing-to-check'
  | 'not-applicable'
  | 'fault-not-applied'
  | 'not-served'
  | 'not-recovered'
  | 'lost'
  | 'holder-gone'
  | 'crashed-check';

/** What was said of consistency models; transactions only. */
export interface Consistency {
  /** Names as they were asked for. */
  readonly asked: readonly string[];
  /** Those of them that are refuted. */
  readonly refuted: readonly string[];
  /** The weakest of all models that are refuted, and the stronger ones that fall with them. */
  readonly not: readonly string[];
  readonly alsoNot: readonly string[];
  /** Those asked for that a history can break without being caught. */
  readonly incomplete: readonly string[];
  /** All anomalies that were found, whether asked for or not, with how many. */
  readonly found: Readonly<Record<string, number>>;
  /** What each register by itself was assumed to be. */
  readonly keyAssumptions?: readonly string[];
}

/** What one property said (`set`, `counter`, `stats`, …), with its numbers. */
export interface PropertyResult {
  /** As `--checker` takes it. */
  readonly name: string;
  readonly valid: true | false | 'unknown';
  /** What it demands, in one line. */
  readonly demands: string;
  /** Numbers by what they count; names that end in `Ms` are milliseconds. */
  readonly figures: Readonly<Record<string, number>>;
}

export interface Judged {
  /** Which algorithm judged how much: `zones 9 keys; wgl 1 key`. */
  readonly checker: string;
  readonly operations: number;
  readonly keys: number;
  /** Milliseconds of the check alone; set by whoever has a clock. */
  readonly checkMs?: number;
  /** Threads that judged; set by whoever starts them. */
  readonly workers?: number;
  readonly consistency?: Consistency;
  /** Properties that were judged, beside linearizability or transactions or alone. */
  readonly properties?: readonly PropertyResult[];
  /** True: nothing but properties was judged, so that a pass says nothing of linearizability. */
  readonly onlyProperties?: true;
}

export interface Valid extends Judged {
  readonly valid: true;
  /** Per key, the invocation indices in the order of one linearization. */
  readonly linearization?: ReadonlyMap<number | string, readonly number[]>;
  /** Transactions: the invocation indices in the order of a serial execution that explains everything. */
  readonly serialOrder?: Int32Array;
  /** Planted violations: tried and found. */
  readonly power?: { readonly planted: number; readonly found: number };
  /** True: something was observed, yet no violation could even be planted. */
  readonly weak?: boolean;
}

export interface Invalid extends Judged {
  readonly valid: false;
  readonly anomalies: readonly Anomaly[];
}

export interface Unknown extends Judged {
  readonly valid: 'unknown';
  readonly reason: UnknownReason;
  /** A sentence on what stood in the way, and one on what to try. */
  readonly why: string;
  readonly detail?: Readonly<Record<string, Value>>;
}

export type Verdict = Valid | Invalid | Unknown;

/** Invalid outranks unknown outranks valid. */
export function worst(verdicts: readonly Verdict[]): Verdict['valid'] {
  if (verdicts.some((v) => v.valid === false)) return false;
  return verdicts.length > 0 && verdicts.every((v) => v.valid === true) ? true : 'unknown';
}

/** Counted, never clocked: a verdict does not depend on the machine. */
export interface Limits {
  /** Configurations that a search may visit; default 1e6 + 40·n. */
  readonly steps?: number;
  /** Bytes of working memory; default a quarter of the machine, set by the caller. */
  readonly bytes?: number;
}
