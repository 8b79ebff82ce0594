/**
 * A history as columns, one entry per operation, in the order of the invocations: some 40 bytes each,
 * where objects take some hundred. For histories of millions of operations.
 */
import type { Value } from '../../base/operation.ts';
import type { Txns } from './txns.ts';
import type { FinalSample, HistoryHeader, NemesisEvent } from '../event.ts';

/** Ends of an operation. */
export const OPEN = 0;
export const OK = 1;
export const FAIL = 2;
export const INFO = 3;

/** Rank of a return that never came, as in the checkers. */
export const NEVER_RETURNED = 0x7fff_ffff;

/** Numbers for each operation. */
export const STRIDE = 8;
/** Number of the name among `words`. */
export const NAME = 0;
/** `OPEN`, `OK`, `FAIL` or `INFO`. */
export const END = 1;
/** Ranks among the events of the key that are calls or known returns; `NEVER_RETURNED`. */
export const CALL = 2;
export const RET = 3;
/** Value ids: of the value asked for, or of the two of a pair (the second is -1 where it is none). */
export const VALUE = 4;
export const SECOND = 5;
/** Value id of the answer of a success; of a failure that of `observed`, -1: none. */
export const ANSWER = 6;
/** Value id of `result`; -1: none. */
export const RESULT = 7;

export interface PackedHistory {
  readonly header: HistoryHeader;
  /** Written by another tool: a read of nil may say nothing. */
  readonly foreign: boolean;
  /** The keys stood in the values (`[key value]`). */
  readonly split: boolean;
  /** What the reader had to say: a torn line, times that go back. */
  readonly notes: readonly string[];
  /** A history of transactions: these, and no operations. */
  readonly txns?: Txns;
  /** Operations. */
  readonly n: number;
  /** Number of the key among `keys`; -1: none. */
  readonly key: Int32Array;
  /**
   * `STRIDE` numbers for each operation, side by side so that one look into memory gets them all: see
   * the constants.
   */
  readonly ops: Int32Array;
  /** Event number of the invocation. */
  readonly event: Int32Array;
  readonly words: readonly string[];
  readonly keys: readonly (number | string)[];
  /** Value by id; 0 is null. */
  readonly values: readonly Value[];
  readonly nemesis: readonly NemesisEvent[];
  readonly final: readonly FinalSample[];
}

/** Reads of nil that ended well. */
export function silentReads({ ops, words }: PackedHistory): number {
  const read = words.indexOf('read');
  let nils = 0;
  for (let at = 0; at < ops.length; at += STRIDE)
    if (ops[at + NAME] === read && ops[at + END] === OK && ops[at + ANSWER] === 0) nils++;
  return nils;
}
