/**
 * What clients do. The built-in ones lie in `workloads/`; a user's file has the same shape.
 */
import type { NodeName, Op, OpName, Value } from '../base/operation.ts';
import type { Random } from '../base/random.ts';
import type { HistoryEvent } from '../history/event.ts';

/** Names of checks, as `--checker` takes them. */
export type CheckName = 'linearizable' | (string & {});

export interface WorkloadOptions {
  /** Keys that are in use at one time. */
  readonly keys: number;
  /** Operations of the whole run. */
  readonly ops: number;
  /** Weights by operation, e.g. `{ read: 50, write: 30, cas: 20 }`. */
  readonly mix: Readonly<Record<string, number>>;
  /** Bytes of filler that make a value this long; 0: none. */
  readonly valueBytes: number;
  /** Micro-operations that a transaction has at most; absent: the system has no transactions. */
  readonly txnLength?: number | undefined;
}

export interface Workload<S = unknown> {
  readonly name: string;
  /** One line for `--help`. */
  readonly about?: string;
  readonly needs: readonly OpName[];
  readonly checks: readonly CheckName[];
  /** Model of one key, as `--model` takes it. */
  readonly model?: string;
  readonly initial?: Value;
  /** Width of the elements of append keys, in bytes. */
  readonly elementBytes?: number;
  /** Can it join several operations into a transaction (`txn`), on systems that have them? */
  readonly transactions?: boolean;
  /** Default weights; `--mix` overrides. */
  readonly mix: Readonly<Record<string, number>>;
  /** JSON-able state, changed only in `next` and `update`. */
  init(options: WorkloadOptions): S;
  next(
    s: S,
    at: {
      readonly process: number;
      readonly node: NodeName;
      readonly key: number;
      readonly random: Random;
      /** Last value that this client observed of the key. */
      readonly seen: Value | undefined;
    },
  ): Op | 'wait' | 'done';
  update?(s: S, event: HistoryEvent): void;
  /** After healing, on every node, as new processes; absent or undefined: a read of every key. */
  final?(s: S): readonly Op[] | undefined;
}
