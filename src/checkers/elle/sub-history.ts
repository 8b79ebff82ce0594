/** A history cut down to some of its micro-operations. Without some of its keys what was valid stays so. */
import { IntList, minusOnes } from '../../base/int-list.ts';
import type { Txns } from '../../history/packed/txns.ts';

/** Micro-operations from one up to another. */
export type Stretch = readonly [from: number, to: number];

/**
 * Only what was done to the keys from one number up to another (keys are numbered as they are first met);
 * transactions of which nothing is left are gone. `within`: where all of it is. One pass over that.
 */
export function projected(
  txns: Txns,
  from: number,
  to: number,
  within: Stretch = [0, txns.f.length],
): Txns {
  const { key } = txns;
  const part = keeping(txns, (m) => (key[m] as number) >= from && (key[m] as number) < to, within);
  return {
    ...part,
    key: part.key.map((k) => k - from),
    ...listsOf(txns, from, to),
    keyNames: txns.keyNames.slice(from, to),
  };
}

/** Only these micro-operations. */
export function keeping(
  txns: Txns,
  keeps: (m: number) => boolean,
  within: Stretch = [0, txns.f.length],
): Txns {
  const { key, of, f, v } = txns;
  const micros = new IntList();
  let [begin, end] = [txns.n, 0];
  for (let m = within[0]; m < within[1]; m++) {
    if (!keeps(m)) continue;
    micros.push(m);
    begin = Math.min(begin, of[m] as number);
    end = Math.max(end, (of[m] as number) + 1);
  }
  // Transactions are numbered anew; `number` also of who is left out: of the next one that is kept.
  const count = Math.max(0, end - begin);
  const [first, last] = [minusOnes(count), new Int32Array(count)];
  for (let i = 0; i < micros.n; i++) {
    const t = (of[micros.a[i] as number] as number) - begin;
    if (first[t] === -1) first[t] = i;
    last[t] = i + 1;
  }
  const kept = new IntList();
  const number = new Int32Array(count + 1);
  for (let t = 0; t < count; t++) {
    number[t] = kept.n;
    if (first[t] !== -1) kept.push(t);
  }
  number[count] = kept.n;
  const ts = kept.view();
  const ms = micros.view();
  const old = ts.map((t) => begin + t);
  const pick = (column: Int32Array): Int32Array => old.map((t) => column[t] as number);
  return {
    ...txns,
    n: ts.length,
    type: Uint8Array.from(old, (t) => txns.type[t] as number),
    lane: pick(txns.lane),
    invoked: pick(txns.invoked),
    completed: pick(txns.completed),
    first: ts.map((t) => first[t] as number),
    end: ts.map((t) => last[t] as number),
    of: ms.map((m) => number[(of[m] as number) - begin] as number),
    f: Uint8Array.from(ms, (m) => f[m] as number),
    key: ms.map((m) => key[m] as number),
    v: ms.map((m) => v[m] as number),
    ...barriersOf(txns, old, (t) => number[Math.min(Math.max(0, t - begin), count)] as number),
  };
}

function listsOf(
  { listStart, listItems }: Txns,
  from: number,
  to: number,
): Pick<Txns, 'listStart' | 'listItems'> {
  const begin = listStart[from] as number;
  return {
    listStart: listStart.slice(from, to + 1).map((start) => start - begin),
    listItems: listItems.slice(begin, listStart[to] as number),
  };
}

/** Barriers behind which the same transactions begin are one; one behind which nobody does is none. */
function barriersOf(
  { barrierOf, barrierFirst }: Txns,
  ts: Int32Array,
  number: (t: number) => number,
): Pick<Txns, 'barrierOf' | 'barrierFirst'> {
  const barriers = new IntList();
  const renamed = new Map<number, number>();
  // In the order of barriers, since several are met again and again.
  const met = ts.map((t) => barrierOf[t] as number).toSorted();
  for (const barrier of met) {
    if (barrier < 0 || renamed.has(barrier)) continue;
    const first = number(barrierFirst[barrier] as number);
    const last = barriers.n - 1;
    if (first === ts.length) renamed.set(barrier, -1);
    else if (last >= 0 && barriers.a[last] === first) renamed.set(barrier, last);
    else renamed.set(barrier, barriers.push(first));
  }
  return {
    barrierOf: ts.map((t) => renamed.get(barrierOf[t] as number) ?? -1),
    barrierFirst: barriers.view(),
  };
}
