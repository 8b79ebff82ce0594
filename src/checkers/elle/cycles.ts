/**
 * Cycles inside the large components, by the kinds of their edges (Adya 1999; for the cycle without two
 * rw in a row, which snapshot isolation forbids, Cerone and Gotsman 2018). Every test is exact and
 * polynomial: whether a class is present does not depend on what a search happened to find.
 *
 * A *class* may use ww, wr, rw edges; each comes in three *extensions*: with none but these, with those
 * of processes too, with those of real time too.
 */
import { Edges, HUB, PROCESS, REALTIME, RW, WR, WW } from './edges.ts';
import { type Components, type Rows, components, rowsOf } from './components.ts';
import { IntList, minusOnes } from '../../base/int-list.ts';
import { reachesAny } from './reach.ts';
import { OK, type Txns } from '../../history/packed/txns.ts';

export const CLASSES = ['G0', 'G1c', 'G-single-item', 'G-nonadjacent-item', 'G2-item'] as const;
export type CycleClass = (typeof CLASSES)[number];
export const EXTENSIONS = ['', '-process', '-realtime'] as const;

/** Kinds that belong to each extension. */
const EXTRA = [0, PROCESS, PROCESS | REALTIME] as const;
const DEPENDENCIES = WW | WR | HUB;
const [G0, G1C, SINGLE, NONADJACENT, G2] = [0, 1, 2, 3, 4] as const;
/** What each class implies, itself included. */
const IMPLIES = [[G0, G1C], [G1C], [SINGLE, NONADJACENT, G2], [NONADJACENT, G2], [G2]] as const;

/** One edge of a cycle, between transactions. */
export interface Step {
  readonly from: number;
  readonly to: number;
  readonly kind: number;
}

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

interface SmallGraph {
  readonly rows: Rows;
  /** Transaction of a node; −1: a hub or a barrier. */
  readonly txn: Int32Array;
  /** Which of the large components it is in. */
  readonly group: Int32Array;
  readonly groups: number;
}

/** The nodes of the large components with all their edges stored. */
function smallGraph(txns: Txns, rows: Rows, large: readonly Int32Array[]): SmallGraph {
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

class CycleSearch {
  readonly #g: SmallGraph;
  /** Per group, a bit for each class and extension that is reported or implied. */
  readonly #known: Int32Array;
  readonly #cycles: Cycle[] = [];
  readonly #counts = new Map<string, number>();
  readonly #seen: Int32Array;
  readonly #parent: Int32Array;
  #stamp = 0;

  constructor(graph: SmallGraph) {
    this.#g = graph;
    this.#known = new Int32Array(graph.groups);
    // Two states per node, for walks that remember whether they came by an rw edge.
    this.#seen = new Int32Array(2 * graph.rows.nodes);
    this.#parent = new Int32Array(2 * graph.rows.nodes);
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
    const { group, rows, txn } = this.#g;
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
      const sources = this.#sources();
      const queries = rest.map((e) => ({
        id: e,
        group: group[rows.to[e] as number] as number,
        from: rows.to[e] as number,
        to: sources[e] as number,
      }));
      for (const { id, group: g } of reachesAny(rows, mask, { of, count }, queries, txn))
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
      this.#found(group, c, x, () => this.#shortest(edges, c, mask));
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
    const sources = this.#sources();
    for (const e of edges) take(e, sources[e] as number, to[e] as number);
  }

  #sourceOf: Int32Array | undefined;

  /** Source of every edge. */
  #sources(): Int32Array {
    const { nodes, start, to } = this.#g.rows;
    if (this.#sourceOf !== undefined) return this.#sourceOf;
    const sources = new Int32Array(to.length);
    for (let u = 0; u < nodes; u++) sources.fill(u, start[u] as number, start[u + 1] as number);
    return (this.#sourceOf = sources);
  }

  /** The shortest cycle through one of the edges. */
  #shortest(edges: readonly number[], c: number, mask: number): readonly Step[] {
    const sources = this.#sources();
    let best: readonly Step[] = [];
    for (const e of edges) {
      const u = sources[e] as number;
      const v = this.#g.rows.to[e] as number;
      const kind = this.#g.rows.kind[e] as number;
      const limit = best.length === 0 ? Infinity : best.length - 1;
      const path = this.#path(u, v, kind, { mask, alternate: c === NONADJACENT, limit });
      if (path === undefined) continue;
      const steps = this.#merged(path);
      if (best.length === 0 || steps.length < best.length) best = steps;
      if (best.length === 2) break;
    }
    return best;
  }

  /** Nodes and kinds from u over the edge to v and back to u, or undefined. Steps out of hubs cost nothing. */
  #path(
    u: number,
    v: number,
    kind: number,
    { mask, alternate, limit }: { mask: number; alternate: boolean; limit: number },
  ): readonly { readonly node: number; readonly kind: number }[] | undefined {
    const { nodes, start, to, kind: kinds } = this.#g.rows;
    const stamp = ++this.#stamp;
    const begin = alternate && kind === RW ? v + nodes : v;
    const edgeIn = new Map<number, number>();
    let level = [begin];
    this.#seen[begin] = stamp;
    const reach = (x: number, y: number, e: number, into: number[]): void => {
      if (this.#seen[y] === stamp) return;
      this.#seen[y] = stamp;
      this.#parent[y] = x;
      edgeIn.set(y, e);
      into.push(y);
    };
    for (let depth = 0; level.length > 0 && depth <= limit; depth++) {
      for (let i = 0; i < level.length; i++) {
        const x = level[i] as number;
        const late = x >= nodes ? nodes : 0;
        for (let e = start[x - late] as number; e < (start[x - late + 1] as number); e++)
          if (kinds[e] === HUB) reach(x, (to[e] as number) + late, e, level);
      }
      if (this.#seen[u] === stamp) break;
      const next: number[] = [];
      for (const x of level) {
        const late = x >= nodes;
        const node = late ? x - nodes : x;
        for (let e = start[node] as number; e < (start[node + 1] as number); e++) {
          const k = kinds[e] as number;
          if (k === HUB || (k & mask) === 0 || (late && k === RW)) continue;
          reach(x, (to[e] as number) + (alternate && k === RW ? nodes : 0), e, next);
        }
      }
      level = next;
    }
    if (this.#seen[u] !== stamp) return undefined;
    const back: { node: number; kind: number }[] = [];
    for (let x = u; x !== begin; x = this.#parent[x] as number)
      back.push({ node: x % nodes, kind: kinds[edgeIn.get(x) as number] as number });
    back.push({ node: v, kind });
    return [{ node: u, kind: 0 }, ...back.reverse()];
  }

  /** Edges between transactions: a path over hubs is one edge, of the kind that led in. */
  #merged(path: readonly { readonly node: number; readonly kind: number }[]): Step[] {
    const steps: Step[] = [];
    // Begin at a transaction: the path is a cycle.
    const cycle = path.slice(1);
    let at = cycle.findIndex(({ node }) => this.#g.txn[node] !== -1);
    if (at < 0) return steps;
    let from = this.#g.txn[(cycle[at] as { node: number }).node] as number;
    let kind = 0;
    for (let i = 0; i < cycle.length; i++) {
      at = (at + 1) % cycle.length;
      const { node, kind: by } = cycle[at] as { node: number; kind: number };
      if (by !== HUB) kind = by;
      const t = this.#g.txn[node] as number;
      if (t === -1) continue;
      steps.push({ from, to: t, kind });
      from = t;
    }
    return steps;
  }
}
