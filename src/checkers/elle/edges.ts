/**
 * The edges that were inferred between transactions, as three growing columns, and hubs: nodes that
 * stand for many edges at once.
 */

/** The later one wrote what follows, in version order, on what the earlier one wrote. */
export const WW = 1;
/** The later one read what the earlier one wrote. */
export const WR = 2;
/** The later one overwrote what the earlier one read. */
export const RW = 4;
/** Both are of one process. */
export const PROCESS = 8;
/** The earlier one had completed before the later one was invoked. */
export const REALTIME = 16;
/** Out of a hub: belongs to every mask and keeps the kind of the edge that led in. */
export const HUB = 32;

export class Edges {
  from: Int32Array;
  to: Int32Array;
  kind: Uint8Array;
  n = 0;
  /** Transactions and hubs. */
  nodes: number;

  /** `expected`: about how many edges. */
  constructor(transactions: number, expected = 1024) {
    this.nodes = transactions;
    this.from = new Int32Array(expected);
    this.to = new Int32Array(expected);
    this.kind = new Uint8Array(expected);
  }

  /** Nobody comes before itself: such an edge is left out. */
  add(from: number, to: number, kind: number): void {
    if (from === to) return;
    const { n } = this;
    if (n === this.from.length) this.#grow();
    this.from[n] = from;
    this.to[n] = to;
    this.kind[n] = kind;
    this.n = n + 1;
  }

  #grow(): void {
    const room = 2 * this.n + 1024;
    const [from, to, kind] = [new Int32Array(room), new Int32Array(room), new Uint8Array(room)];
    from.set(this.from);
    to.set(this.to);
    kind.set(this.kind);
    [this.from, this.to, this.kind] = [from, to, kind];
  }
}

/** So many that are targets too get an edge to each other target; more are told by chains of hubs. */
const PLAIN_MAX = 4;

/**
 * An edge of a kind from every entrant to every target, save from a transaction to itself. Who is no
 * target enters a hub that leads to all of them; who is one has edges of its own, or, where many are,
 * enters two chains of hubs: those up to a target, those from a target on. So there are about as many
 * edges as there are entrants and targets. Targets in ascending order, each once.
 */
export function fan(
  edges: Edges,
  kind: number,
  entrants: ArrayLike<number>,
  targets: ArrayLike<number>,
): void {
  const [inside, outside] = parted(entrants, targets);
  const m = targets.length;
  if (outside.length * m <= outside.length + m)
    for (const t of outside) for (let i = 0; i < m; i++) edges.add(t, targets[i] as number, kind);
  else {
    const hub = edges.nodes++;
    for (const t of outside) edges.add(t, hub, kind);
    for (let i = 0; i < m; i++) edges.add(hub, targets[i] as number, HUB);
  }
  if (inside.length <= PLAIN_MAX)
    for (const place of inside)
      for (let i = 0; i < m; i++) edges.add(targets[place] as number, targets[i] as number, kind);
  else chains(edges, kind, inside, targets);
}

/** The places of those entrants that are targets, and the others. */
function parted(
  entrants: ArrayLike<number>,
  targets: ArrayLike<number>,
): readonly [inside: number[], outside: number[]] {
  const [inside, outside]: [number[], number[]] = [[], []];
  for (let e = 0; e < entrants.length; e++) {
    const t = entrants[e] as number;
    let [low, high] = [0, targets.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((targets[middle] as number) < t) low = middle + 1;
      else high = middle;
    }
    if (targets[low] === t) inside.push(low);
    else outside.push(t);
  }
  return [inside, outside];
}

function chains(
  edges: Edges,
  kind: number,
  inside: readonly number[],
  targets: ArrayLike<number>,
): void {
  const m = targets.length;
  const up = edges.nodes;
  const down = up + m;
  edges.nodes += 2 * m;
  for (let i = 0; i < m; i++) {
    edges.add(up + i, targets[i] as number, HUB);
    edges.add(down + i, targets[i] as number, HUB);
    if (i + 1 < m) edges.add(up + i, up + i + 1, HUB);
    if (i > 0) edges.add(down + i, down + i - 1, HUB);
  }
  for (const place of inside) {
    const t = targets[place] as number;
    if (place + 1 < m) edges.add(t, up + place + 1, kind);
    if (place > 0) edges.add(t, down + place - 1, kind);
  }
}
