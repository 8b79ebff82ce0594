/**
 * Many questions "does this node reach that one" at once, exactly: 32 at a time, as bits that are pushed
 * forward through a topological order close to time. Histories are local in time, so the stretches are
 * short.
 */
import { type Rows, rowsOf } from './components.ts';
import { Edges } from './edges.ts';
import { Heap } from './heap.ts';

export interface ReachQuery {
  readonly id: number;
  /** When one of a group is answered with yes, the others need no answer. */
  readonly group: number;
  readonly from: number;
  readonly to: number;
}

/** The queries answered with yes, up to one batch for each group. */
export function reachesAny(
  rows: Rows,
  mask: number,
  { of, count }: { readonly of: Int32Array; readonly count: number },
  queries: readonly ReachQuery[],
  /** When each node stands; what stands for edges only: −1. */
  time: Int32Array,
): ReachQuery[] {
  const dag = condense(rows, mask, of, count);
  const place = timeOrder(dag, of, time);
  const node = new Int32Array(count);
  for (let c = 0; c < count; c++) node[place[c] as number] = c;
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

/** Components as nodes. */
function condense(rows: Rows, mask: number, of: Int32Array, count: number): Rows {
  const edges = new Edges(count, rows.to.length);
  for (let x = 0; x < rows.nodes; x++)
    for (let e = rows.start[x] as number; e < (rows.start[x + 1] as number); e++) {
      if (((rows.kind[e] as number) & mask) === 0) continue;
      const y = rows.to[e] as number;
      edges.add(of[x] as number, of[y] as number, 0);
    }
  return rowsOf(edges);
}

/** Places of the nodes in a topological order that takes the earliest one that is free (Kahn, with a heap). */
function timeOrder(dag: Rows, of: Int32Array, time: Int32Array): Int32Array {
  const count = dag.nodes;
  const earliest = new Int32Array(count).fill(0x7fff_ffff);
  for (let x = 0; x < of.length; x++) {
    const c = of[x] as number;
    if ((time[x] as number) < (earliest[c] as number)) earliest[c] = time[x] as number;
  }
  const waits = new Int32Array(count);
  for (const c of dag.to) (waits[c] as number)++;
  const heap = new Heap(earliest);
  for (let c = 0; c < count; c++) if (waits[c] === 0) heap.push(c);
  const place = new Int32Array(count);
  for (let next = 0; heap.size > 0; next++) {
    const c = heap.pop();
    place[c] = next;
    for (let e = dag.start[c] as number; e < (dag.start[c + 1] as number); e++) {
      const d = dag.to[e] as number;
      waits[d] = (waits[d] as number) - 1;
      if (waits[d] === 0) heap.push(d);
    }
  }
  return place;
}
