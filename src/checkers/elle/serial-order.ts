/**
 * A serial order of the transactions that happened: a topological order of all edges, real time
 * included, that always takes the transaction that is most urgent. A proof of strict serializability
 * once `verify-serial-order.ts` has played it through.
 */
import { IntList } from '../../base/int-list.ts';
import { OK, type Txns } from '../../history/packed/txns.ts';
import type { Inference } from './inference.ts';
import { Precedence } from './precedence.ts';
import { RegisterBlocks } from './register-blocks.ts';
import { chooseOrder } from './register-choice.ts';
import { RegisterOrder } from './register-order.ts';

/** Numbers of transactions in order; or that there is no such order, with a transaction where it shows; or that none was found. */
export type SerialOrder =
  | { readonly found: Int32Array }
  | { readonly missing: 'none' | 'unknown'; readonly near: number };

/** Choices that are taken back in the thorough attempt. */
const TAKEN_BACK = 10_000;

/**
 * Linear for lists, which show all their versions: whatever order fits the edges will do (`walked`, the order of the
 * judgement). For registers too, save where choices have to be taken back. The edges must have no cycle.
 */
export function serialOrder(inference: Inference, walked: Int32Array): SerialOrder {
  return inference.txns.kind === 'list-append'
    ? { found: those(inference, walked) }
    : registerOrder(inference);
}

/** Of all nodes the transactions that happened. */
function those({ txns, happened }: Inference, order: Int32Array): Int32Array {
  const found = new Int32Array(txns.n);
  let n = 0;
  for (let i = 0; i < order.length; i++) {
    const x = order[i] as number;
    if (x < txns.n && happened[x] === 1) found[n++] = x;
  }
  return found.subarray(0, n);
}

/** First without following up what a choice forces: most histories need no more. */
function registerOrder(inference: Inference): SerialOrder {
  const quick = chosenOrder(inference, { thorough: false, takenBackMax: inference.txns.n });
  return 'missing' in quick && quick.missing === 'unknown'
    ? chosenOrder(inference, { thorough: true, takenBackMax: TAKEN_BACK })
    : quick;
}

function chosenOrder(
  inference: Inference,
  { thorough, takenBackMax }: { thorough: boolean; takenBackMax: number },
): SerialOrder {
  const graph = new Precedence(inference);
  const blocks = new RegisterBlocks(inference, graph);
  const order = new RegisterOrder(inference, graph, blocks, thorough);
  const chosen = order.begin()
    ? chooseOrder(order, blocks, inference.txns.key, takenBackMax)
    : 'none';
  const all = chosen === 'found' ? topological(inference.txns, graph) : undefined;
  return all === undefined
    ? {
        missing: chosen === 'none' ? 'none' : 'unknown',
        near: Math.min(graph.conflict, inference.txns.n - 1),
      }
    : { found: those(inference, all) };
}

/** All nodes, barriers included; undefined: there is a cycle. */
function topological(
  { n, barrierOf, barrierFirst, type }: Txns,
  graph: Precedence,
): Int32Array | undefined {
  const nodes = graph.early.length;
  const barriers = barrierFirst.length;
  const waits = new Int32Array(nodes + barriers);
  for (let e = 0; e < graph.edges; e++) (waits[graph.targetOf(e)] as number)++;
  const endOfBarrier = (j: number): number =>
    j + 1 < barriers ? (barrierFirst[j + 1] as number) : n;
  // A barrier waits for those that completed before it closed, and for the barrier before.
  for (let t = 0; t < n; t++) {
    const closed = barrierOf[t] as number;
    if (closed >= 0 && type[t] === OK) (waits[nodes + closed] as number)++;
  }
  for (let j = 0; j < barriers; j++) {
    if (j > 0) (waits[nodes + j] as number)++;
    for (let t = barrierFirst[j] as number; t < endOfBarrier(j); t++) (waits[t] as number)++;
  }
  const order = new IntList(nodes + barriers);
  for (let x = 0; x < waits.length; x++) if (waits[x] === 0) order.push(x);
  const release = (y: number): void => {
    waits[y] = (waits[y] as number) - 1;
    if (waits[y] === 0) order.push(y);
  };
  for (let i = 0; i < order.n; i++) {
    const x = order.a[i] as number;
    if (x < nodes) {
      for (let e = graph.firstOut(x); e >= 0; e = graph.nextOut(e)) release(graph.targetOf(e));
      if (x < n && (barrierOf[x] as number) >= 0) release(nodes + (barrierOf[x] as number));
      continue;
    }
    const j = x - nodes;
    if (j + 1 < barriers) release(x + 1);
    for (let t = barrierFirst[j] as number; t < endOfBarrier(j); t++) release(t);
  }
  return order.n === waits.length ? order.view() : undefined;
}
