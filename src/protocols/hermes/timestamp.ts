/**
 * Logical timestamps of updates (paper §3.1; rules ).
 *
 * `v` is the version of the key, `c` the virtual id of the coordinator (`c mod 64` is its node), `g`
 * the epoch in which the coordinator entered the view: it keeps timestamps unique over restarts of
 * one node id. Ordered by v, then c, then g.
 */
import { MAX_NODES } from '../../base/node-name.ts';
import type { NodeId } from '../../base/operation.ts';

export interface Ts {
  readonly v: number;
  readonly c: number;
  readonly g: number;
}

/** Timestamp of a key that was never written. */
export const ZERO: Ts = { v: 0, c: 0, g: 0 };

/** Negative, zero, positive: `a` is before, equal to, after `b`. */
export function compareTs(a: Ts, b: Ts): number {
  return a.v - b.v || a.c - b.c || a.g - b.g;
}

/** The planted bug `no-tie-break`: equal versions are equal. */
export function compareVersions(a: Ts, b: Ts): number {
  return a.v - b.v;
}

/** The `k`-th virtual id of a node (O2): sets of different nodes are disjoint. */
export function virtualId(id: NodeId, k: number): number {
  return MAX_NODES * k + id;
}

/** The node that drew the virtual id `c`. */
export function ownerOf(c: number): NodeId {
  return c % MAX_NODES;
}

/** `0` for the zero timestamp, else `v.c`, with the generation behind a slash unless it is 1. */
export function printTs(ts: Ts): string {
  if (ts.v === 0 && ts.c === 0 && ts.g === 0) return '0';
  return ts.g === 1 ? `${ts.v}.${ts.c}` : `${ts.v}.${ts.c}/${ts.g}`;
}

/** What `printTs` printed. Throws on anything else. */
export function parseTs(text: string): Ts {
  if (text === '0') return ZERO;
  const [, v, c, g] = /^(\d+)\.(\d+)(?:\/(\d+))?$/.exec(text) ?? [];
  if (v === undefined || c === undefined) throw new TypeError(`not a timestamp: ${text}`);
  return { v: Number(v), c: Number(c), g: g === undefined ? 1 : Number(g) };
}
