/** Short cycles through given edges, for the few that are shown. */
import { HUB, RW } from './edges.ts';
import type { SmallGraph } from './small-graph.ts';

/** One edge of a cycle, between transactions. */
export interface Step {
  readonly from: number;
  readonly to: number;
  readonly kind: number;
}

export class CyclePaths {
  readonly #g: SmallGraph;
  readonly #seen: Int32Array;
  readonly #parent: Int32Array;
  #stamp = 0;

  constructor(graph: SmallGraph) {
    this.#g = graph;
    // Two states per node, for walks that remember whether they came by an rw edge.
    this.#seen = new Int32Array(2 * graph.rows.nodes);
    this.#parent = new Int32Array(2 * graph.rows.nodes);
  }

  /** The shortest cycle through one of the edges, by edges of a mask; `alternate`: no two rw in a row. */
  shortest(edges: readonly number[], mask: number, alternate: boolean): readonly Step[] {
    const sources = this.sources();
    let best: readonly Step[] = [];
    for (const e of edges) {
      const u = sources[e] as number;
      const v = this.#g.rows.to[e] as number;
      const kind = this.#g.rows.kind[e] as number;
      const limit = best.length === 0 ? Infinity : best.length - 1;
      const path = this.#path(u, v, kind, { mask, alternate, limit });
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

  #sourceOf: Int32Array | undefined;

  /** Source of every edge. */
  sources(): Int32Array {
    const { nodes, start, to } = this.#g.rows;
    if (this.#sourceOf !== undefined) return this.#sourceOf;
    const sources = new Int32Array(to.length);
    for (let u = 0; u < nodes; u++) sources.fill(u, start[u] as number, start[u + 1] as number);
    return (this.#sourceOf = sources);
  }
}
