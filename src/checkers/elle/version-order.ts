/**
 * The order of a register's versions under an assumption about each key by itself:
 *
 * - `wfr-keys`: writes follow reads; who read u and then wrote v put v after u;
 * - `sequential-keys`: each process sees a key go forward;
 * - `linearizable-keys`: who completed before another one was invoked saw the key no later.
 *
 * Versions are the nodes; an assumption that does not hold shows as a cycle.
 */
import type { Value } from '../../base/operation.ts';
import { FAIL, NIL, OK, type Txns, UNKNOWN, WRITE } from '../../history/packed/txns.ts';

export const KEY_ASSUMPTIONS = ['wfr-keys', 'sequential-keys', 'linearizable-keys'] as const;
export type KeyAssumption = (typeof KEY_ASSUMPTIONS)[number];

export interface VersionEdge {
  readonly key: number;
  readonly from: number;
  readonly to: number;
}

export interface VersionOrder {
  readonly assumed: readonly KeyAssumption[];
  /** Of keys without a cycle. */
  readonly edges: readonly VersionEdge[];
  readonly cyclic: readonly { readonly key: number; readonly cycle: readonly number[] }[];
}

/** What a transaction shows of one key: the version it read from others, and the one it left. */
interface Touch {
  readonly t: number;
  readonly read: number | undefined;
  readonly wrote: number | undefined;
}

/** One version before another one, as it is shown. */
export interface VersionStep {
  readonly from: Value;
  readonly to: Value;
  /** Why, with the names of the transactions. */
  readonly why: string;
  /** The assumption, and the events of the two transactions that show it. */
  readonly by?: KeyAssumption;
  readonly events?: readonly [number, number];
}

/** Two transactions (or one twice) that show that u comes before v, and by which assumption; undefined: none do. */
export function shownBefore(
  txns: Txns,
  happened: Uint8Array,
  assume: readonly KeyAssumption[],
  { key, u, v }: { key: number; u: number; v: number },
): readonly [a: number, b: number, by: KeyAssumption] | undefined {
  const touches = touchesByKey(txns, happened, key).get(key) ?? [];
  const [before, after] = [u, v].map((version) =>
    touches.filter((touch) => versionsOf(touch).includes(version)),
  ) as [Touch[], Touch[]];
  const own = touches.find(({ read, wrote }) => read === u && wrote === v);
  if (own !== undefined && assume.includes('wfr-keys')) return [own.t, own.t, 'wfr-keys'];
  for (const by of ['sequential-keys', 'linearizable-keys'] as const) {
    if (!assume.includes(by)) continue;
    for (const { t: a } of before)
      for (const { t: b } of after) {
        const inTime =
          txns.type[a] === OK && (txns.completed[a] as number) < (txns.invoked[b] as number);
        if (inTime && (by === 'linearizable-keys' || txns.lane[a] === txns.lane[b]))
          return [a, b, by];
      }
  }
  return undefined;
}

/** Linear in the history, up to the number of transactions that are open at once. */
export function orderVersions(
  txns: Txns,
  happened: Uint8Array,
  assume: readonly KeyAssumption[],
): VersionOrder {
  const edges: VersionEdge[] = [];
  const cyclic: { key: number; cycle: readonly number[] }[] = [];
  for (const [key, touches] of touchesByKey(txns, happened)) {
    const graph = new KeyVersions();
    if (assume.includes('wfr-keys')) addWritesFollowReads(graph, touches);
    if (assume.includes('sequential-keys')) addSequential(graph, touches, txns.lane);
    if (assume.includes('linearizable-keys')) addLinearizable(graph, touches, txns);
    const cycle = graph.cycle();
    if (cycle !== undefined) cyclic.push({ key, cycle });
    else for (const [from, to] of graph.edges()) edges.push({ key, from, to });
  }
  return { assumed: assume, edges, cyclic };
}

/** `only`: of one key. */
function touchesByKey(txns: Txns, happened: Uint8Array, only = -1): Map<number, Touch[]> {
  const byKey = new Map<number, Touch[]>();
  const { n, type, first, end, f, key, v } = txns;
  for (let t = 0; t < n; t++) {
    if (type[t] === FAIL || happened[t] === 0) continue;
    const own = new Map<number, { read: number | undefined; wrote: number | undefined }>();
    for (let m = first[t] as number; m < (end[t] as number); m++) {
      const k = key[m] as number;
      if (only >= 0 && k !== only) continue;
      const touch = own.get(k);
      const value = v[m] as number;
      if (value === UNKNOWN) continue;
      if (f[m] === WRITE) {
        if (touch === undefined) own.set(k, { read: undefined, wrote: value });
        else touch.wrote = value;
      } else if (touch === undefined) own.set(k, { read: value, wrote: undefined });
    }
    for (const [k, touch] of own) {
      const touches = byKey.get(k);
      if (touches === undefined) byKey.set(k, [{ t, ...touch }]);
      else touches.push({ t, ...touch });
    }
  }
  return byKey;
}

function versionsOf({ read, wrote }: Touch): number[] {
  return [read, wrote].filter((version) => version !== undefined);
}

function addWritesFollowReads(graph: KeyVersions, touches: readonly Touch[]): void {
  for (const { read, wrote } of touches)
    if (read !== undefined && wrote !== undefined) graph.add(read, wrote);
}

function addSequential(graph: KeyVersions, touches: readonly Touch[], lane: Int32Array): void {
  const last = new Map<number, Touch>();
  for (const touch of touches) {
    const before = last.get(lane[touch.t] as number);
    if (before !== undefined)
      for (const from of versionsOf(before))
        for (const to of versionsOf(touch)) graph.add(from, to);
    last.set(lane[touch.t] as number, touch);
  }
}

interface Span {
  readonly version: number;
  /** Event at which somebody who saw or wrote it had first completed; Infinity: never. */
  done: number;
  /** Event of the last invocation of somebody who saw or wrote it. */
  last: number;
}

/**
 * Version u precedes v iff somebody who saw or wrote u had completed before somebody who did so with v
 * was invoked. Two versions that precede each other are a cycle; without such a pair the relation is an
 * interval order (the lemma of the zones), of which few more than the covering pairs are kept.
 */
function addLinearizable(graph: KeyVersions, touches: readonly Touch[], txns: Txns): void {
  const spans = [...spansOf(touches, txns).values()].toSorted((x, y) => x.last - y.last);
  for (const { version, done } of spans) {
    let bound = Infinity;
    for (let v = firstAfter(spans, done); v < spans.length; v++) {
      const later = spans[v] as Span;
      if (later.last > bound) break;
      if (later.version === version) continue;
      graph.add(version, later.version);
      bound = Math.min(bound, later.done);
    }
  }
}

function spansOf(touches: readonly Touch[], txns: Txns): Map<number, Span> {
  const spans = new Map<number, Span>();
  for (const touch of touches)
    for (const version of versionsOf(touch)) {
      const span = spans.get(version) ?? { version, done: Infinity, last: -1 };
      spans.set(version, span);
      span.last = Math.max(span.last, txns.invoked[touch.t] as number);
      if (txns.type[touch.t] === OK)
        span.done = Math.min(span.done, txns.completed[touch.t] as number);
    }
  return spans;
}

/** First place whose last invocation is after the event. */
function firstAfter(spans: readonly Span[], event: number): number {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle] as Span).last > event) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The versions of one key as a graph. */
class KeyVersions {
  readonly #next = new Map<number, Set<number>>();

  add(from: number, to: number): void {
    if (from === to) return;
    const next = this.#next.get(from);
    if (next === undefined) this.#next.set(from, new Set([to]));
    else next.add(to);
  }

  *edges(): Generator<[number, number]> {
    for (const [from, tos] of this.#next) for (const to of tos) yield [from, to];
  }

  /** A cycle of versions, or undefined. Nil comes before everything: an edge into it is one. */
  cycle(): readonly number[] | undefined {
    for (const [from, tos] of this.#next) if (tos.has(NIL)) return [NIL, from];
    const state = new Map<number, 1 | 2>();
    for (const root of this.#next.keys()) {
      if (state.has(root)) continue;
      const found = this.#search(root, state);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Depth-first with a stack of its own. */
  #search(root: number, state: Map<number, 1 | 2>): readonly number[] | undefined {
    const path = [root];
    const iterators = [(this.#next.get(root) ?? new Set<number>()).values()];
    state.set(root, 1);
    for (let top = iterators.at(-1); top !== undefined; top = iterators.at(-1)) {
      const { value, done } = top.next();
      if (done === true) {
        state.set(path.pop() as number, 2);
        iterators.pop();
        continue;
      }
      const seen = state.get(value);
      if (seen === 1) return path.slice(path.indexOf(value));
      if (seen === 2) continue;
      state.set(value, 1);
      path.push(value);
      iterators.push((this.#next.get(value) ?? new Set<number>()).values());
    }
    return undefined;
  }
}
