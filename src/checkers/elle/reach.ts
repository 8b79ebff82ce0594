/**
 * Many questions "does this node reach that one" at once, exactly: 32 at a time, as bits that are pushed
 * forward through a topological order close to time. Histories are local in time, so the stretches are
 * short.
 */
import { IntList, minusOnes } from '../../base/int-list.ts';
import { type Rows, rowsOf } from './components.ts';
import { Edges } from './edges.ts';
import { Heap } from '../../base/heap.ts';

export interface ReachQuery {
  readonly id: number;
  /** When one of a group is answered with yes, the others need no answer. */
  readonly group: number;
  readonly from: number;
  readonly to: number;
}

export interface ReachNodes {
  /** When each node stands; what stands for edges only: −1. */
  readonly txn: Int32Array;
  /** Of each node; no edge leads from one to another. */
  readonly group: Int32Array;
}

/** The queries answered with yes, up to one batch for each group. */
export function reachesAny(
  rows: Rows,
  mask: number,
  { of, count }: { readonly of: Int32Array; readonly count: number },
  queries: readonly ReachQuery[],
  { txn, group }: ReachNodes,
): ReachQuery[] {
  const asked = new Set(queries.map((query) => query.group));
  const nodes = new IntList(1024);
  for (let x = 0; x < group.length; x++) if (asked.has(group[x] as number)) nodes.push(x);
  const dag = condense(rows, mask, { of, count }, nodes.view());
  const { place, node } = timeOrder(dag, of, txn, nodes.view());
  const at = (x: number): number => place[of[x] as number] as number;
  const open = queries
    .filter(({ from, to }) => at(from) < at(to))
    .toSorted((x, y) => at(x.from) - at(y.from));
  const answered = new Set<number>();
  const yes: ReachQuery[] = [];
  const bits = new Int32Array(count);
  for (let i = 0; i < open.length;) {
    const batch: ReachQuery[] = [];
    for (; i < open.length && batch.length < 32; i++)
      if (!answered.has((open[i] as ReachQuery).group)) batch.push(open[i] as ReachQuery);
    if (batch.length === 0) break;
    for (const [b, { from }] of batch.entries()) (bits[at(from)] as number) |= 1 << b;
    const begin = at((batch[0] as ReachQuery).from);
    const end = batch.reduce((last, { to }) => Math.max(last, at(to)), begin);
    for (let p = begin; p < end; p++) {
      const mine = bits[p] as number;
      if (mine === 0) continue;
      const c = node[p] as number;
      for (let e = dag.start[c] as number; e < (dag.start[c + 1] as number); e++) {
        const q = place[dag.to[e] as number] as number;
        if (q <= end) (bits[q] as number) |= mine;
      }
    }
    for (const [b, query] of batch.entries())
      if ((((bits[at(query.to)] as number) >>> b) & 1) === 1) {
        yes.push(query);
        answered.add(query.group);
      }
    bits.fill(0, begin, end + 1);
  }
  return yes;
}

/** Components as nodes, with the edges of some nodes. */
function condense(
  rows: Rows,
  mask: number,
  { of, count }: { readonly of: Int32Array; readonly count: number },
  nodes: Int32Array,
): Rows {
  const edges = new Edges(count);
  for (const x of nodes)
    for (let e = rows.start[x] as number; e < (rows.start[x + 1] as number); e++) {
      if (((rows.kind[e] as number) & mask) === 0) continue;
      const y = rows.to[e] as number;
      edges.add(of[x] as number, of[y] as number, 0);
    }
  return rowsOf(edges);
}

/**
 * A topological order of the components of some nodes that takes the earliest one that is free (Kahn,
 * with a heap): the component at each place, and the place of each.
 */
function timeOrder(
  dag: Rows,
  of: Int32Array,
  time: Int32Array,
  nodes: Int32Array,
): { readonly place: Int32Array; readonly node: Int32Array } {
  const count = dag.nodes;
  const earliest = new Int32Array(count).fill(0x7fff_ffff);
  for (const x of nodes) {
    const c = of[x] as number;
    if ((time[x] as number) < (earliest[c] as number)) earliest[c] = time[x] as number;
  }
  const waits = new Int32Array(count);
  for (const c of dag.to) (waits[c] as number)++;
  const heap = new Heap(earliest);
  const place = minusOnes(count);
  const begun = new Uint8Array(count);
  for (const x of nodes) {
    const c = of[x] as number;
    if (waits[c] !== 0 || begun[c] === 1) continue;
    begun[c] = 1;
    heap.push(c);
  }
  const node = new IntList(1024);
  while (heap.size > 0) {
    const c = heap.pop();
    place[c] = node.push(c);
    for (let e = dag.start[c] as number; e < (dag.start[c + 1] as number); e++) {
      const d = dag.to[e] as number;
      waits[d] = (waits[d] as number) - 1;
      if (waits[d] === 0) heap.push(d);
    }
  }
  return { place, node: node.view() };
}
