/**
 * What is inferred from the columns of a history: edges between transactions, and anomalies found on the
 * way. Here what lists and registers have in common.
 */
import { minusOnes } from '../../base/int-list.ts';
import { OK, READ, type Txns, UNKNOWN, WRITE } from '../../history/packed/txns.ts';
import { Edges } from './edges.ts';
import { type Finding, Findings } from './findings.ts';
import type { VersionOrder } from './version-order.ts';
import { Writers } from './writers.ts';

export interface Inference {
  readonly txns: Txns;
  readonly writers: Writers;
  readonly edges: Edges;
  readonly findings: Findings;
  /** Per micro-operation: the one before it on the same key in the same transaction, or −1. */
  readonly before: Int32Array;
  /** Per write: not the transaction's last one to that key. */
  readonly intermediate: Uint8Array;
  /** Per transaction: did it happen (completed well, or somebody saw what it wrote)? */
  readonly happened: Uint8Array;
  /** Lists: place of an append in its key's longest list, from 1; 0: nobody read it. Registers: empty. */
  readonly position: Int32Array;
  /** Lists, per key: was one read that is no beginning of the longest? */
  readonly contradicted: Uint8Array;
  /** Registers: the order of versions that was assumed and found. */
  versions?: VersionOrder;
  /** Some read told something: without, nothing could have been wrong. */
  readonly observed: boolean;
}

/** Everything that the micro-operations show without the reads. */
export function beginInference(txns: Txns): Inference {
  const { n, f, type } = txns;
  const happened = new Uint8Array(n);
  for (let t = 0; t < n; t++) if (type[t] === OK) happened[t] = 1;
  return {
    txns,
    writers: new Writers(txns),
    edges: new Edges(n, 2 * f.length + 1024),
    findings: new Findings(),
    ...linkMicros(txns),
    happened,
    position: new Int32Array(txns.kind === 'list-append' ? f.length : 0),
    contradicted: new Uint8Array(txns.keyNames.length),
    observed: looks(txns),
  };
}

/** One pass: a transaction's micro-operations stand together, so the last one on a key tells by its place whose it is. */
function linkMicros({
  f,
  key,
  of,
  first,
  keyNames,
}: Txns): Pick<Inference, 'before' | 'intermediate'> {
  const before = minusOnes(f.length);
  const intermediate = new Uint8Array(f.length);
  const last = minusOnes(keyNames.length);
  const lastWrite = minusOnes(keyNames.length);
  for (let m = 0; m < f.length; m++) {
    const k = key[m] as number;
    const begin = first[of[m] as number] as number;
    const p = last[k] as number;
    if (p >= begin) before[m] = p;
    last[k] = m;
    if (f[m] !== WRITE) continue;
    const w = lastWrite[k] as number;
    if (w >= begin) intermediate[w] = 1;
    lastWrite[k] = m;
  }
  return { before, intermediate };
}

function looks({ f, v, of, type }: Txns): boolean {
  for (let m = 0; m < f.length; m++)
    if (f[m] === READ && v[m] !== UNKNOWN && type[of[m] as number] === OK) return true;
  return false;
}

/** The transaction's first read of the key, where this is its first write of it; −1: it read nothing before. */
export function readBefore({ txns: { f }, before }: Inference, write: number): number {
  let read = -1;
  for (let p = before[write] as number; p >= 0; p = before[p] as number) {
    if (f[p] === WRITE) return -1;
    read = p;
  }
  return read;
}

/** What is found, in one line where it is. */
export function find(
  { findings }: Inference,
  type: string,
  key: number,
  txns: readonly number[],
  [micro, other, value]: readonly [micro: number, other: number, value: number],
): void {
  findings.add({ type, key, txns, micro, other, value } satisfies Finding);
}

/** Pairs of a key and a transaction, sorted by key; within one in the order in which they came, each once. */
export function byKey(
  keys: number,
  pairs: { readonly key: Int32Array; readonly t: Int32Array },
): { of(key: number): Int32Array } {
  const start = new Int32Array(keys + 1);
  for (const k of pairs.key) (start[k + 1] as number)++;
  for (let k = 0; k < keys; k++) (start[k + 1] as number) += start[k] as number;
  const sorted = new Int32Array(pairs.t.length);
  const at = start.slice(0, keys);
  for (let i = 0; i < pairs.t.length; i++) {
    const k = pairs.key[i] as number;
    const t = pairs.t[i] as number;
    const place = at[k] as number;
    if (place > (start[k] as number) && sorted[place - 1] === t) continue;
    sorted[place] = t;
    at[k] = place + 1;
  }
  return { of: (k) => sorted.subarray(start[k] as number, at[k] as number) };
}
