/**
 * list-append: the longest list that was read of a key is the order of its versions (Elle §4). Who wrote
 * its elements gives ww edges; appends that it does not hold are late: lists only grow, so what happened
 * and is in no read comes after all that was read.
 */
import { IntList } from '../../base/int-list.ts';
import { FAIL, OK, READ, UNKNOWN, WRITE, listOf } from '../../history/packed/txns.ts';
import { WW } from './edges.ts';
import { type Inference, byKey, find } from './inference.ts';

export interface ListOrder {
  /** Micro-operations that appended the elements of the longest lists (places as in `listItems`); −1: nobody. */
  readonly chain: Int32Array;
  /** Per key: place of the first element by a failed transaction, from 1; 2^31 − 1: none. */
  readonly firstFailed: Int32Array;
  /** Per key: an element has no writer, or stands there twice. */
  readonly suspicious: Uint8Array;
  /** Per key: has it late appends, and whose? None are told of keys with reads that contradict each other. */
  readonly isLate: Uint8Array;
  readonly late: { of(key: number): Int32Array };
}

/** One pass over the lists, one over the appends; edges, `position` and `happened` are filled in. */
export function orderLists(inference: Inference): ListOrder {
  const { keyNames, listItems } = inference.txns;
  const order = {
    chain: new Int32Array(listItems.length),
    firstFailed: new Int32Array(keyNames.length).fill(0x7fff_ffff),
    suspicious: new Uint8Array(keyNames.length),
  };
  for (let k = 0; k < keyNames.length; k++) orderList(inference, order, k);
  seeContradictions(inference);
  return { ...order, ...lateAppends(inference) };
}

function orderList(
  inference: Inference,
  { chain, firstFailed, suspicious }: Pick<ListOrder, 'chain' | 'firstFailed' | 'suspicious'>,
  k: number,
): void {
  const { writers, edges, happened, position } = inference;
  const { listStart, listItems, of, type } = inference.txns;
  const begin = listStart[k] as number;
  const end = listStart[k + 1] as number;
  let previous = -1;
  let failed = -1;
  let dirty = false;
  for (let at = begin; at < end; at++) {
    const w = writers.of(k, listItems[at] as number);
    chain[at] = w;
    if (w < 0 || position[w] !== 0) {
      suspicious[k] = 1;
      continue;
    }
    const t = of[w] as number;
    position[w] = at - begin + 1;
    if (type[t] === FAIL) {
      if (failed < 0) {
        failed = w;
        firstFailed[k] = at - begin + 1;
      }
      continue;
    }
    happened[t] = 1;
    if (failed >= 0 && !dirty && type[t] === OK) {
      dirty = true;
      const txns = [of[failed] as number, t];
      find(inference, 'dirty-update', k, txns, [w, failed, listItems[at] as number]);
    }
    if (previous >= 0) edges.add(previous, t, WW);
    previous = t;
  }
}

/** Reads that are no beginning of the longest list tell nothing of the order, but who must have happened. */
function seeContradictions({ txns, writers, happened, contradicted }: Inference): void {
  const { f, key, v, of, type, odd } = txns;
  for (let m = 0; odd.length > 0 && m < f.length; m++) {
    if (f[m] !== READ || (v[m] as number) >= 0 || v[m] === UNKNOWN) continue;
    contradicted[key[m] as number] = 1;
    if (type[of[m] as number] !== OK) continue;
    for (const value of listOf(txns, m)) {
      const w = writers.of(key[m] as number, value);
      if (w >= 0 && type[of[w] as number] !== FAIL) happened[of[w] as number] = 1;
    }
  }
}

/** Those of transactions that happened. The others must stand as their transaction made them. */
function lateAppends(inference: Inference): Pick<ListOrder, 'isLate' | 'late'> {
  const { txns, happened, position, before, contradicted } = inference;
  const { n, first, end, f, key, v, keyNames } = txns;
  const isLate = new Uint8Array(keyNames.length);
  const [keys, ts] = [new IntList(1024), new IntList(1024)];
  for (let t = 0; t < n; t++) {
    if (happened[t] === 0) continue;
    for (let m = first[t] as number; m < (end[t] as number); m++) {
      if (f[m] !== WRITE) continue;
      const k = key[m] as number;
      const place = position[m] as number;
      if (place === 0) {
        if (contradicted[k] === 1) continue;
        isLate[k] = 1;
        keys.push(k);
        ts.push(t);
        continue;
      }
      let p = before[m] as number;
      while (p >= 0 && f[p] === READ) p = before[p] as number;
      const earlier = p < 0 ? 1 : (position[p] as number);
      if (p >= 0 && (earlier === 0 || earlier >= place))
        find(inference, 'incompatible-order', k, [t], [m, p, v[m] as number]);
    }
  }
  return { isLate, late: byKey(keyNames.length, { key: keys.view(), t: ts.view() }) };
}
