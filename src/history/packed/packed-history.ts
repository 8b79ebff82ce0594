/**
 * A history as columns, one entry per operation, in the order of the invocations: about 30 bytes each,
 * where objects take some hundred. For histories of millions of operations.
 */
import type { Value } from '../../base/operation.ts';
import type { FinalSample, HistoryHeader, NemesisEvent } from '../event.ts';

/** Ends of an operation. */
export const OPEN = 0;
export const OK = 1;
export const FAIL = 2;
export const INFO = 3;

/** Rank of a return that never came, as in the checkers. */
export const NEVER_RETURNED = 0x7fff_ffff;

export interface PackedHistory {
  readonly header: HistoryHeader;
  /** Operations. */
  readonly n: number;
  /** Number of the name among `words`. */
  readonly f: Uint8Array;
  /** Number of the key among `keys`; -1: none. */
  readonly key: Int32Array;
  /** Value ids: of the value asked for, or of the two of a pair (`second` is -1 where it is none). */
  readonly value: Int32Array;
  readonly second: Int32Array;
  /** `OPEN`, `OK`, `FAIL` or `INFO`. */
  readonly end: Uint8Array;
  /** Value id of the answer. */
  readonly answer: Int32Array;
  /** Value id of `result`, of a failure `observed`; -1: none. */
  readonly told: Int32Array;
  /** Ranks among the events of the key that are calls or known returns. */
  readonly call: Int32Array;
  readonly ret: Int32Array;
  /** Line of the invocation in the file, from 1. */
  readonly line: Int32Array;
  readonly words: readonly string[];
  readonly keys: readonly (number | string)[];
  /** Value by id; 0 is null. */
  readonly values: readonly Value[];
  readonly nemesis: readonly NemesisEvent[];
  readonly final: readonly FinalSample[];
}
