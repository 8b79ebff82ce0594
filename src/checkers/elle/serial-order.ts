/**
 * A serial order of the transactions that happened: a topological order of all edges, real time
 * included, that always takes the transaction that was invoked first. A proof of strict serializability
 * once `verify-serial-order.ts` has played it through.
 */
import { IntList } from '../../base/int-list.ts';
import { rowsOf } from './components.ts';
import type { Inference } from './inference.ts';
import { Heap } from './reach.ts';
import { OK } from '../../history/packed/txns.ts';

/** Numbers of transactions in order; undefined where the edges have a cycle. */
export function serialOrder(inference: Inference): Int32Array | undefined {
  const { txns, edges, happened } = inference;
  const { n, barrierOf, barrierFirst, type } = txns;
  const rows = rowsOf(edges);
  const all = rows.nodes + barrierFirst.length;
  const waits = new Int32Array(all);
  for (const y of rows.to) (waits[y] as number)++;
  // A barrier waits for those that completed before it closed, and for the barrier before.
  for (let t = 0; t < n; t++) {
    const closed = barrierOf[t] as number;
    if (closed >= 0 && type[t] === OK) (waits[rows.nodes + closed] as number)++;
  }
  for (const [j, first] of barrierFirst.entries()) {
    if (j > 0) (waits[rows.nodes + j] as number)++;
    const end = j + 1 < barrierFirst.length ? (barrierFirst[j + 1] as number) : n;
    for (let t = first; t < end; t++) (waits[t] as number)++;
  }
  // Hubs and barriers first, then whoever completed first: of those that read and wrote at one time.
  const key = new Int32Array(all).fill(-1);
  for (let t = 0; t < n; t++) {
    const done = txns.completed[t] as number;
    key[t] = done < 0 || type[t] !== OK ? 0x7fff_ffff : done;
  }
  const heap = new Heap(key);
  for (let x = 0; x < all; x++) if (waits[x] === 0) heap.push(x);
  const order = new IntList(n);
  const release = (y: number): void => {
    waits[y] = (waits[y] as number) - 1;
    if (waits[y] === 0) heap.push(y);
  };
  let taken = 0;
  while (heap.size > 0) {
    const x = heap.pop();
    taken++;
    if (x < n && happened[x] === 1) order.push(x);
    if (x < rows.nodes)
      for (let e = rows.start[x] as number; e < (rows.start[x + 1] as number); e++)
        release(rows.to[e] as number);
    if (x < n && (barrierOf[x] as number) >= 0) release(rows.nodes + (barrierOf[x] as number));
    if (x < rows.nodes) continue;
    const j = x - rows.nodes;
    const end = j + 1 < barrierFirst.length ? (barrierFirst[j + 1] as number) : n;
    if (j + 1 < barrierFirst.length) release(x + 1);
    for (let t = barrierFirst[j] as number; t < end; t++) release(t);
  }
  return taken === all ? order.view() : undefined;
}
