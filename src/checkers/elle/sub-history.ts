/** A history cut down to some of its micro-operations. Without some of its keys what was valid stays so. */
import { IntList, minusOnes } from '../../base/int-list.ts';
import type { Txns } from '../../history/packed/txns.ts';

/**
 * Only what was done to the keys from one number up to another (keys are numbered as they are first met);
 * transactions of which nothing is left are gone. One pass.
 */
export function projected(txns: Txns, from: number, to: number): Txns {
  const { key } = txns;
  const part = keeping(txns, (m) => (key[m] as number) >= from && (key[m] as number) < to);
  return {
    ...part,
    key: part.key.map((k) => k - from),
    ...listsOf(txns, from, to),
    keyNames: txns.keyNames.slice(from, to),
  };
}

/** Only these micro-operations. */
export function keeping(txns: Txns, keeps: (m: number) => boolean): Txns {
  const { key, of, f, v } = txns;
  const [keys, fs, vs, ofs] = [new IntList(), new IntList(), new IntList(), new IntList()];
  const first = minusOnes(txns.n);
  const end = new Int32Array(txns.n);
  for (let m = 0; m < key.length; m++) {
    if (!keeps(m)) continue;
    const t = of[m] as number;
    if (first[t] === -1) first[t] = keys.n;
    keys.push(key[m] as number);
    fs.push(f[m] as number);
    vs.push(v[m] as number);
    ofs.push(t);
    end[t] = keys.n;
  }
  const kept = new IntList();
  const number = new Int32Array(txns.n + 1);
  for (let t = 0; t < txns.n; t++) {
    number[t] = kept.n;
    if (first[t] !== -1) kept.push(t);
  }
  number[txns.n] = kept.n;
  const ts = kept.view();
  const pick = (column: Int32Array): Int32Array => ts.map((t) => column[t] as number);
  return {
    ...txns,
    n: ts.length,
    type: Uint8Array.from(ts, (t) => txns.type[t] as number),
    lane: pick(txns.lane),
    invoked: pick(txns.invoked),
    completed: pick(txns.completed),
    first: pick(first),
    end: pick(end),
    of: ofs.view().map((t) => number[t] as number),
    f: Uint8Array.from(fs.view()),
    key: keys.view(),
    v: vs.view(),
    ...barriersOf(txns, ts, number),
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
  number: Int32Array,
): Pick<Txns, 'barrierOf' | 'barrierFirst'> {
  const barriers = new IntList();
  const renamed = barrierFirst.map((first) => {
    const now = number[first] as number;
    if (now === ts.length) return -1;
    const last = barriers.n - 1;
    return last >= 0 && barriers.a[last] === now ? last : barriers.push(now);
  });
  return {
    barrierOf: ts.map((t) => {
      const barrier = barrierOf[t] as number;
      return barrier < 0 ? -1 : (renamed[barrier] as number);
    }),
    barrierFirst: barriers.view(),
  };
}
