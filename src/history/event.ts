/**
 * One line of a history, and the history as a whole.
 *
 * Semantics are Jepsen's: an `invoke` is followed by `ok` (it happened), `fail` (it definitely did
 * not) or `info` (unknown: it may take effect at any later time, or never; the process is then
 * retired). The invoke is stamped before the first byte leaves, the completion after the last byte
 * of the reply was read.
 */
import type { NodeName, OpName, Value } from '../base/operation.ts';

export type EventType = 'invoke' | 'ok' | 'fail' | 'info';

/** One event of a client. */
export interface HistoryEvent {
  /** Event number, from 0; the order of the lines is the order of events. */
  readonly index: number;
  readonly process: number | string;
  readonly type: EventType;
  readonly f: OpName;
  readonly key?: number | string;
  readonly value: Value;
  /** ok: what came back beside the value (add: the sum; append: the length in elements; …). */
  readonly result?: Value;
  /** fail of a cas: the value that was there instead, a read of it. */
  readonly observed?: Value;
  readonly error?: string;
  readonly node?: NodeName;
  /** Nanoseconds since the run began, on the recorder's one monotonic clock. Never decreases. */
  readonly time: number;
}

/** What a fault did: `process` is `nemesis`, `type` is `info`. */
export interface NemesisEvent {
  readonly index: number;
  readonly process: 'nemesis';
  readonly type: 'info';
  /** `start partition`, `stop partition`, … */
  readonly f: string;
  readonly value: {
    readonly id: number;
    readonly nodes: readonly NodeName[];
    readonly links: readonly (readonly [NodeName, NodeName])[];
    readonly counters?: Readonly<Record<string, number>>;
    readonly [more: string]: unknown;
  };
  readonly time: number;
}

/** First line of a history file. */
export interface HistoryHeader {
  /** Version of the format. */
  readonly hermes: 1;
  readonly workload?: string;
  /** How to judge it: names of checks, as `--checker` takes them. */
  readonly checks?: readonly string[];
  /** Sequential model per key, as `--model` takes it. */
  readonly model?: string;
  /** Initial value of every key; absent = null. */
  readonly initial?: Value;
  /** Width of the elements of append keys, in bytes. */
  readonly elementBytes?: number;
  readonly [more: string]: unknown;
}

/**
 * What one replica holds of one key at the end: after the last fault was healed and the links were
 * quiet, every key is looked at on every node. Replicas that then differ have diverged, whatever the
 * clients saw. `process` is `final`.
 */
export interface FinalSample {
  readonly index: number;
  readonly process: 'final';
  /** `ok`: the node answered; `fail`: it did not serve the key, `error` says why. */
  readonly type: 'ok' | 'fail';
  readonly f: 'peek';
  readonly key: number | string;
  readonly node: NodeName;
  /** What the replica holds; null = absent (and where it did not answer). */
  readonly value: Value;
  /** The replica's own timestamp of that value, as it prints it; absent for systems without one. */
  readonly ts?: string | null;
  /** State of the key in the replica's protocol: `V`, `I`, … */
  readonly state?: string;
  readonly error?: string;
  readonly time: number;
}

export interface History {
  readonly header: HistoryHeader;
  /** Client events in order. */
  readonly events: readonly HistoryEvent[];
  readonly nemesis: readonly NemesisEvent[];
  /** Absent: no final phase was recorded (the run was cut short, or the history is a user's). */
  readonly final?: readonly FinalSample[];
}
