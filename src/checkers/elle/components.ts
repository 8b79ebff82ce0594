/**
 * Strongly connected components (Tarjan 1972), without recursion and over flat arrays.
 *
 * The whole graph has its inferred edges in compressed sparse rows. Real time is never stored: who
 * completed leads to the barrier that closed next, a barrier to the next one and to the transactions
 * invoked after it closed, which have consecutive numbers. A path through barriers exists iff one
 * transaction had completed before the other was invoked, exactly.
 */
import type { Edges } from './edges.ts';
import { minusOnes } from '../../base/int-list.ts';
import type { Txns } from '../../history/packed/txns.ts';

/** Edges by their source. */
export interface Rows {
  readonly nodes: number;
  /** First edge of a node, and one after the last. */
  readonly start: Int32Array;
  readonly to: Int32Array;
  readonly kind: Uint8Array;
}

/** One counting sort. */
export function rowsOf({ nodes, n, from, to, kind }: Edges): Rows {
  const start = new Int32Array(nodes + 1);
  for (let e = 0; e < n; e++) (start[(from[e] as number) + 1] as number)++;
  for (let x = 0; x < nodes; x++) (start[x + 1] as number) += start[x] as number;
  const at = start.slice(0, nodes);
  const sortedTo = new Int32Array(n);
  const sortedKind = new Uint8Array(n);
  for (let e = 0; e < n; e++) {
    const x = from[e] as number;
    const place = at[x] as number;
    at[x] = place + 1;
    sortedTo[place] = to[e] as number;
    sortedKind[place] = kind[e] as number;
  }
  return { nodes, start, to: sortedTo, kind: sortedKind };
}

/** What one walk over the whole graph finds; barriers are numbered after the hubs. */
export interface Walked {
  /** Components of more than one node. */
  readonly large: readonly Int32Array[];
  /** All nodes; without a large component, each before those to which it leads. */
  readonly order: Int32Array;
}

/** The large components and an order of the whole graph. */
export function walkGraph(txns: Txns, rows: Rows): Walked {
  const { n, barrierOf, barrierFirst } = txns;
  const { nodes, start, to } = rows;
  const barriers = barrierFirst.length;
  const all = nodes + barriers;
  const found: Int32Array[] = [];
  const index = new Int32Array(all); // 0: not seen yet
  const low = new Int32Array(all);
  const at = new Int32Array(all);
  const stack = new Int32Array(all);
  const path = new Int32Array(all);
  const order = new Int32Array(all);
  let placed = all;
  let stacked = 0;
  let counter = 0;
  for (let root = 0; root < nodes; root++) {
    if (index[root] !== 0) continue;
    let depth = 0;
    path[0] = root;
    index[root] = low[root] = ++counter;
    stack[stacked++] = root;
    at[root] = start[root] as number;
    while (depth >= 0) {
      const x = path[depth] as number;
      let y = -1;
      const p = at[x] as number;
      if (x < nodes) {
        const end = start[x + 1] as number;
        if (p < end) y = to[p] as number;
        else if (p === end && x < n && (barrierOf[x] as number) >= 0)
          y = nodes + (barrierOf[x] as number);
      } else {
        const j = x - nodes;
        if (p === 0) y = j + 1 < barriers ? x + 1 : (barrierFirst[j] as number);
        else {
          // The last barrier has no next one: its transactions begin a step earlier.
          const t = (barrierFirst[j] as number) + p - (j + 1 < barriers ? 1 : 0);
          if (t < (j + 1 < barriers ? (barrierFirst[j + 1] as number) : n)) y = t;
        }
      }
      if (y >= 0) {
        at[x] = p + 1;
        const seen = index[y] as number;
        if (seen === 0) {
          path[++depth] = y;
          index[y] = low[y] = ++counter;
          stack[stacked++] = y;
          at[y] = y < nodes ? (start[y] as number) : 0;
        } else if (seen > 0 && seen < (low[x] as number)) low[x] = seen;
        continue;
      }
      const own = low[x] as number;
      if (own === Math.abs(index[x] as number)) {
        let from = stacked;
        do from--;
        while (stack[from] !== x);
        // A negative index: its component is complete.
        for (let i = from; i < stacked; i++) {
          index[stack[i] as number] = -1;
          order[--placed] = stack[i] as number;
        }
        if (stacked - from > 1) found.push(stack.slice(from, stacked));
        stacked = from;
      }
      if (--depth >= 0) {
        const parent = path[depth] as number;
        if (own < (low[parent] as number)) low[parent] = own;
      }
    }
  }
  return { large: found, order };
}

/** Components of a small graph: that of each node, and how many there are. */
export interface Components {
  readonly of: Int32Array;
  readonly count: number;
}

/**
 * Components over the edges of a mask. `within`: components of a wider mask, if they are known; edges
 * that leave one are not looked at, and a node alone in one stays alone.
 */
export function components(rows: Rows, mask: number, within?: Components): Components {
  const { nodes, start, to, kind } = rows;
  const outer = within?.of ?? new Int32Array(nodes);
  const sizes = new Int32Array(within?.count ?? 1);
  for (const c of outer) (sizes[c] as number)++;
  const of = minusOnes(nodes);
  const index = new Int32Array(nodes);
  const low = new Int32Array(nodes);
  const at = start.slice(0, nodes);
  const stack = new Int32Array(nodes);
  const path = new Int32Array(nodes);
  let stacked = 0;
  let counter = 0;
  let count = 0;
  for (let root = 0; root < nodes; root++) {
    if (index[root] !== 0) continue;
    if (sizes[outer[root] as number] === 1) {
      index[root] = ++counter;
      of[root] = count++;
      continue;
    }
    let depth = 0;
    path[0] = root;
    index[root] = low[root] = ++counter;
    stack[stacked++] = root;
    while (depth >= 0) {
      const x = path[depth] as number;
      const p = at[x] as number;
      if (p < (start[x + 1] as number)) {
        at[x] = p + 1;
        if (((kind[p] as number) & mask) === 0) continue;
        const y = to[p] as number;
        if (outer[y] !== outer[x]) continue;
        if (index[y] === 0) {
          path[++depth] = y;
          index[y] = low[y] = ++counter;
          stack[stacked++] = y;
        } else if (of[y] === -1 && (index[y] as number) < (low[x] as number))
          low[x] = index[y] as number;
        continue;
      }
      if (low[x] === index[x]) {
        let y: number;
        do of[(y = stack[--stacked] as number)] = count;
        while (y !== x);
        count++;
      }
      if (--depth >= 0) {
        const parent = path[depth] as number;
        if ((low[x] as number) < (low[parent] as number)) low[parent] = low[x] as number;
      }
    }
  }
  return { of, count };
}
