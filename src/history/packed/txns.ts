/**
 * A history of transactions as columns: transactions in the order of their invocations, each with a
 * stretch of micro-operations (Kingsbury and Alvaro, Elle, 2020).
 *
 * A read of a list costs four bytes whatever its length: where it is the beginning of the key's longest
 * list only its length is kept. The others are kept aside as `odd`. Values that are small whole numbers
 * stand for themselves; others are interned to numbers below `NIL`.
 */
import type { Value } from '../../base/operation.ts';

export const OK = 0;
/** Nobody knows whether it happened. */
export const INFO = 1;
/** It did not happen. */
export const FAIL = 2;

/** An append or a write. */
export const WRITE = 0;
export const READ = 1;

/** A register that nobody wrote yet. */
export const NIL = -1;
/** What the read of a transaction that did not end well would have seen. */
export const UNKNOWN = -0x8000_0000;

export const TXN_KINDS = ['list-append', 'rw-register'] as const;
export type TxnKind = (typeof TXN_KINDS)[number];

/** Is it the name of a kind of transactions? */
export function isTxnKind(name: unknown): name is TxnKind {
  return TXN_KINDS.some((kind) => kind === name);
}

export interface Txns {
  readonly kind: TxnKind;
  /** Transactions. */
  readonly n: number;
  /** OK, INFO or FAIL. */
  readonly type: Uint8Array;
  /** Number of its process, as they are first met. */
  readonly lane: Int32Array;
  /** Event numbers of invocation and completion (−1: none). */
  readonly invoked: Int32Array;
  readonly completed: Int32Array;
  /** First micro-operation, and one after the last. */
  readonly first: Int32Array;
  readonly end: Int32Array;
  /** Transaction of a micro-operation. */
  readonly of: Int32Array;
  readonly f: Uint8Array;
  readonly key: Int32Array;
  /** Write: the value. Read of a register: the value. Read of a list: its length, or −1 − its place in `odd`. */
  readonly v: Int32Array;
  /** Per key, where its longest list that was read begins in `listItems`; and one after the last. */
  readonly listStart: Int32Array;
  readonly listItems: Int32Array;
  /** Lists that are no prefix of their key's longest. */
  readonly odd: readonly Int32Array[];
  /** Barrier that closed after the transaction completed well, or −1. */
  readonly barrierOf: Int32Array;
  /** First transaction invoked after a barrier closed; those up to the next barrier's follow. */
  readonly barrierFirst: Int32Array;
  readonly keyNames: readonly (number | string)[];
  /** Process of each lane. */
  readonly processes: readonly (number | string)[];
  nameOf(value: number): Value;
}

/** The longest list that was read of a key. */
export function longestOf({ listStart, listItems }: Txns, key: number): Int32Array {
  return listItems.subarray(listStart[key] as number, listStart[key + 1] as number);
}

/** The list that a read saw. */
export function listOf(txns: Txns, m: number): Int32Array {
  const v = txns.v[m] as number;
  if (v < 0) return txns.odd[-1 - v] as Int32Array;
  const start = txns.listStart[txns.key[m] as number] as number;
  return txns.listItems.subarray(start, start + v);
}
