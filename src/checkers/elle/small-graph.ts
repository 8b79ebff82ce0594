/**
 * The nodes of the large components as a graph of its own, with all their edges stored, those of real time
 * and of processes too.
 */
import { minusOnes } from '../../base/int-list.ts';
import { OK, type Txns } from '../../history/packed/txns.ts';
import { type Rows, rowsOf } from './components.ts';
import { Edges, HUB, PROCESS, REALTIME } from './edges.ts';

export interface SmallGraph {
  readonly rows: Rows;
  /** Transaction of a node; −1: a hub or a barrier. */
  readonly txn: Int32Array;
  /** Which of the large components it is in. */
  readonly group: Int32Array;
  readonly groups: number;
}

/** One pass over them. */
export function smallGraph(txns: Txns, rows: Rows, large: readonly Int32Array[]): SmallGraph {
  const { n, barrierOf, barrierFirst, lane: lanes, type } = txns;
  const nodes = large.reduce((sum, each) => sum + each.length, 0);
  const local = minusOnes(rows.nodes + barrierFirst.length);
  const txn = minusOnes(nodes);
  const group = new Int32Array(nodes);
  const global = new Int32Array(nodes);
  let next = 0;
  for (const [g, members] of large.entries())
    // In order of number: transactions in order of time.
    for (const x of members.toSorted()) {
      local[x] = next;
      group[next] = g;
      global[next] = x;
      if (x < n) txn[next] = x;
      next++;
    }
  const edges = new Edges(nodes, 4 * nodes);
  const add = (x: number, y: number, k: number): void => {
    if (y >= 0 && group[x] === group[y]) edges.add(x, y, k);
  };
  const last = new Map<number, number>();
  for (let x = 0; x < nodes; x++) {
    const g = global[x] as number;
    if (g < rows.nodes) {
      for (let e = rows.start[g] as number; e < (rows.start[g + 1] as number); e++)
        add(x, local[rows.to[e] as number] as number, rows.kind[e] as number);
    } else {
      const j = g - rows.nodes;
      const end = j + 1 < barrierFirst.length ? (barrierFirst[j + 1] as number) : n;
      if (j + 1 < barrierFirst.length) add(x, local[g + 1] as number, HUB);
      for (let t = barrierFirst[j] as number; t < end; t++) add(x, local[t] as number, HUB);
    }
    if (g >= n) continue;
    if ((barrierOf[g] as number) >= 0)
      add(x, local[rows.nodes + (barrierOf[g] as number)] as number, REALTIME);
    const lane = lanes[g] as number;
    const before = last.get(lane);
    if (before !== undefined && type[txn[before] as number] === OK) add(before, x, PROCESS);
    last.set(lane, x);
  }
  return {
    rows: rowsOf(edges),
    txn,
    group,
    groups: large.length,
  };
}
