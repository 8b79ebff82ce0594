/**
 * Cycles inside the large components, by the kinds of their edges (Adya 1999; for the cycle without two
 * rw in a row, which snapshot isolation forbids, Cerone and Gotsman 2018). Every test is exact and
 * polynomial: whether a class is present does not depend on what a search happened to find.
 *
 * A *class* may use ww, wr, rw edges; each comes in three *extensions*: with none but these, with those
 * of processes too, with those of real time too.
 */
import { IntList } from '../../base/int-list.ts';
import type { Txns } from '../../history/packed/txns.ts';
import { type Components, type Rows, components, rowsOf } from './components.ts';
import { CyclePaths, type Step } from './cycle-paths.ts';
import { Edges, HUB, PROCESS, REALTIME, RW, WR, WW } from './edges.ts';
import { reachesAny } from './reach.ts';
import { type SmallGraph, smallGraph } from './small-graph.ts';

export const CLASSES = ['G0', 'G1c', 'G-single-item', 'G-nonadjacent-item', 'G2-item'] as const;
export type CycleClass = (typeof CLASSES)[number];
export const EXTENSIONS = ['', '-process', '-realtime'] as const;

/** Kinds that belong to each extension. */
const EXTRA = [0, PROCESS, PROCESS | REALTIME] as const;
const DEPENDENCIES = WW | WR | HUB;
const [G0, G1C, SINGLE, NONADJACENT, G2] = [0, 1, 2, 3, 4] as const;
/** What each class implies, itself included. */
const IMPLIES = [[G0, G1C], [G1C], [SINGLE, NONADJACENT, G2], [NONADJACENT, G2], [G2]] as const;

export interface Cycle {
  readonly cycleClass: CycleClass;
  readonly extension: (typeof EXTENSIONS)[number];
  readonly steps: readonly Step[];
}

export interface CycleReport {
  readonly cycles: readonly Cycle[];
  /** In how many components each class (with its extension) is the news. */
  readonly counts: ReadonlyMap<string, number>;
}

/** Cycles of a class that are shown. */
const SHOWN = 8;
/** Edges from which a short cycle is looked for. */
const TRIES = 50;

/** What cycles there are: per component each class that is not implied by another one reported of it. */
export function findCycles(txns: Txns, rows: Rows, large: readonly Int32Array[]): CycleReport {
  if (large.length === 0) return { cycles: [], counts: new Map() };
  return new CycleSearch(smallGraph(txns, rows, large)).report();
}

class CycleSearch {
  readonly #g: SmallGraph;
  /** Per group, a bit for each class and extension that is reported or implied. */
  readonly #known: Int32Array;
  readonly #cycles: Cycle[] = [];
  readonly #counts = new Map<string, number>();
  readonly #paths: CyclePaths;

  constructor(graph: SmallGraph) {
    this.#g = graph;
    this.#known = new Int32Array(graph.groups);
    this.#paths = new CyclePaths(graph);
  }

  report(): CycleReport {
    const { rows, group, groups } = this.#g;
    // A narrower mask has its components inside those of a wider one: from the widest to the narrowest.
    const anyOf: Components[] = [];
    const dependent: Components[] = [];
    for (let x = EXTRA.length - 1; x >= 0; x--) {
      const mask = DEPENDENCIES | (EXTRA[x] as number);
      const wider = anyOf[x + 1];
      anyOf[x] =
        wider === undefined ? { of: group, count: groups } : components(rows, mask | RW, wider);
      dependent[x] = components(rows, mask, dependent[x + 1] ?? anyOf[x]);
    }
    for (let x = 0; x < EXTRA.length; x++) {
      const extra = EXTRA[x] as number;
      const inside = dependent[x] as Components;
      const writes = WW | HUB | extra;
      this.#inside(G0, x, WW, writes, components(rows, writes, inside));
      this.#inside(G1C, x, WR, DEPENDENCIES | extra, inside);
      this.#single(x, DEPENDENCIES | extra, inside);
      this.#nonadjacent(x, DEPENDENCIES | extra);
      this.#inside(G2, x, RW, DEPENDENCIES | extra | RW, anyOf[x] as Components);
    }
    return { cycles: this.#cycles, counts: this.#counts };
  }

  #open(group: number, c: number, x: number): boolean {
    return (((this.#known[group] as number) >> (5 * x + c)) & 1) === 0;
  }

  /** A class is present in a group: found by edges, of which the shortest cycle is shown. */
  #found(group: number, c: number, x: number, cycle: () => readonly Step[]): void {
    for (const implied of IMPLIES[c] as readonly number[])
      for (let y = x; y < EXTRA.length; y++)
        (this.#known[group] as number) |= 1 << (5 * y + implied);
    const name = `${CLASSES[c]}${EXTENSIONS[x]}`;
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    if (count > SHOWN) return;
    this.#cycles.push({
      cycleClass: CLASSES[c] as CycleClass,
      extension: EXTENSIONS[x] as Cycle['extension'],
      steps: cycle(),
    });
  }

  /** Classes that are told by an edge of a kind inside one component of a mask. */
  #inside(c: number, x: number, wanted: number, mask: number, { of }: Components): void {
    const candidates = new Map<number, number[]>();
    this.#eachEdge(wanted, (e, u, v) => {
      const group = this.#g.group[u] as number;
      if (of[u] === of[v] && this.#open(group, c, x)) this.#candidate(candidates, group, e);
    });
    this.#report(candidates, c, x, mask);
  }

  #single(x: number, mask: number, { of, count }: Components): void {
    const { group, rows } = this.#g;
    const candidates = new Map<number, number[]>();
    const asked: number[] = [];
    this.#eachEdge(RW, (e, u, v) => {
      const g = group[u] as number;
      if (!this.#open(g, SINGLE, x)) return;
      if (of[u] === of[v]) this.#candidate(candidates, g, e);
      else asked.push(e);
    });
    const rest = asked.filter((e) => !candidates.has(group[rows.to[e] as number] as number));
    if (rest.length > 0) {
      const sources = this.#paths.sources();
      const queries = rest.map((e) => ({
        id: e,
        group: group[rows.to[e] as number] as number,
        from: rows.to[e] as number,
        to: sources[e] as number,
      }));
      for (const { id, group: g } of reachesAny(rows, mask, { of, count }, queries, this.#g))
        this.#candidate(candidates, g, id);
    }
    this.#report(candidates, SINGLE, x, mask);
  }

  #nonadjacent(x: number, mask: number): void {
    if (!this.#known.some((_, g) => this.#open(g, NONADJACENT, x))) return;
    const doubled = this.#doubled(mask, x);
    const { of } = components(doubled, -1);
    const candidates = new Map<number, number[]>();
    const { nodes } = this.#g.rows;
    this.#eachEdge(RW, (e, u, v) => {
      const group = this.#g.group[u] as number;
      if (of[u] === of[v + nodes] && this.#open(group, NONADJACENT, x))
        this.#candidate(candidates, group, e);
    });
    this.#report(candidates, NONADJACENT, x, mask | RW);
  }

  /** The node, and whether the last edge was rw: after one no other may follow. */
  #doubled(mask: number, x: number): Rows {
    const { nodes, start, to, kind } = this.#g.rows;
    const edges = new Edges(2 * nodes, 2 * to.length);
    for (let u = 0; u < nodes; u++) {
      if (!this.#open(this.#g.group[u] as number, NONADJACENT, x)) continue;
      for (let e = start[u] as number; e < (start[u + 1] as number); e++) {
        const v = to[e] as number;
        const k = kind[e] as number;
        if (k === RW) edges.add(u, v + nodes, k);
        else if ((k & mask) !== 0) {
          edges.add(u, v, k);
          edges.add(u + nodes, k === HUB ? v + nodes : v, k);
        }
      }
    }
    return rowsOf(edges);
  }

  #candidate(candidates: Map<number, number[]>, group: number, e: number): void {
    const those = candidates.get(group);
    if (those === undefined) candidates.set(group, [e]);
    else if (those.length < TRIES) those.push(e);
  }

  #report(
    candidates: ReadonlyMap<number, readonly number[]>,
    c: number,
    x: number,
    mask: number,
  ): void {
    for (const [group, edges] of candidates)
      this.#found(group, c, x, () => this.#paths.shortest(edges, mask, c === NONADJACENT));
  }

  readonly #byKind = new Map<number, Int32Array>();

  #eachEdge(wanted: number, take: (e: number, u: number, v: number) => void): void {
    const { to, kind } = this.#g.rows;
    let edges = this.#byKind.get(wanted);
    if (edges === undefined) {
      const those = new IntList();
      for (let e = 0; e < kind.length; e++) if (kind[e] === wanted) those.push(e);
      this.#byKind.set(wanted, (edges = those.view()));
    }
    const sources = this.#paths.sources();
    for (const e of edges) take(e, sources[e] as number, to[e] as number);
  }
}
