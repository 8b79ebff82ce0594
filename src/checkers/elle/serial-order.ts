/**
 * A serial order of the transactions that happened: a topological order of all edges, real time
 * included, that always takes the transaction that is most urgent. A proof of strict serializability
 * once `verify-serial-order.ts` has played it through.
 */
import { IntList } from '../../base/int-list.ts';
import { OK, type Txns } from '../../history/packed/txns.ts';
import { type Rows, rowsOf } from './components.ts';
import type { Inference } from './inference.ts';
import { Heap } from './heap.ts';
import { RegisterTurns } from './register-turns.ts';

/** No completion is known. */
const NEVER = 0x7fff_ffff;

/** Numbers of transactions in order; undefined: the edges have a cycle, or (registers) no order was found. */
export function serialOrder(inference: Inference): Int32Array | undefined {
  const { txns, edges, happened } = inference;
  const rows = rowsOf(edges);
  const urgency = new Int32Array(rows.nodes + txns.barrierFirst.length).fill(-1);
  for (let t = 0; t < txns.n; t++) urgency[t] = endOf(txns, t);
  const order = topological(txns, rows, urgency);
  if (order === undefined) return undefined;
  const ofThose = (nodes: Int32Array): Int32Array =>
    nodes.filter((x) => x < txns.n && happened[x] === 1);
  if (txns.kind === 'list-append') return ofThose(order);
  hurry(rows, order, urgency);
  const turns = new RegisterTurns(inference);
  const found = topological(txns, rows, urgency, {
    take: (x) => {
      if (x >= txns.n || happened[x] === 0) return true;
      if (!turns.may(x)) return false;
      turns.take(x);
      return true;
    },
  });
  return found && ofThose(found);
}

function endOf({ type, completed }: Txns, t: number): number {
  return type[t] === OK ? (completed[t] as number) : NEVER;
}

/** Who has to come before somebody is as urgent as that one. Nodes in topological order. */
function hurry({ nodes, start, to }: Rows, order: Int32Array, urgency: Int32Array): void {
  for (let i = order.length - 1; i >= 0; i--) {
    const x = order[i] as number;
    if (x >= nodes || urgency[x] === -1) continue;
    for (let e = start[x] as number; e < (start[x + 1] as number); e++) {
      const y = urgency[to[e] as number] as number;
      if (y !== -1 && y < (urgency[x] as number)) urgency[x] = y;
    }
  }
}

/** All nodes, barriers included, least urgency first; `take` may refuse one until another was taken. */
function topological(
  { n, barrierOf, barrierFirst, type }: Txns,
  rows: Rows,
  urgency: Int32Array,
  { take }: { take(node: number): boolean } = { take: () => true },
): Int32Array | undefined {
  const all = rows.nodes + barrierFirst.length;
  const waits = new Int32Array(all);
  for (const y of rows.to) (waits[y] as number)++;
  const endOfBarrier = (j: number): number =>
    j + 1 < barrierFirst.length ? (barrierFirst[j + 1] as number) : n;
  // A barrier waits for those that completed before it closed, and for the barrier before.
  for (let t = 0; t < n; t++) {
    const closed = barrierOf[t] as number;
    if (closed >= 0 && type[t] === OK) (waits[rows.nodes + closed] as number)++;
  }
  for (const [j, first] of barrierFirst.entries()) {
    if (j > 0) (waits[rows.nodes + j] as number)++;
    for (let t = first; t < endOfBarrier(j); t++) (waits[t] as number)++;
  }
  const heap = new Heap(urgency);
  for (let x = 0; x < all; x++) if (waits[x] === 0) heap.push(x);
  const order = new IntList(all);
  const refused: number[] = [];
  const release = (y: number): void => {
    waits[y] = (waits[y] as number) - 1;
    if (waits[y] === 0) heap.push(y);
  };
  while (heap.size > 0) {
    const x = heap.pop();
    if (!take(x)) {
      refused.push(x);
      continue;
    }
    order.push(x);
    // What barriers and hubs do changes nobody's turn.
    if (x < n) for (const waiting of refused.splice(0)) heap.push(waiting);
    if (x < rows.nodes) {
      for (let e = rows.start[x] as number; e < (rows.start[x + 1] as number); e++)
        release(rows.to[e] as number);
      if (x < n && (barrierOf[x] as number) >= 0) release(rows.nodes + (barrierOf[x] as number));
      continue;
    }
    const j = x - rows.nodes;
    if (j + 1 < barrierFirst.length) release(x + 1);
    for (let t = barrierFirst[j] as number; t < endOfBarrier(j); t++) release(t);
  }
  return order.n === all ? order.view() : undefined;
}
