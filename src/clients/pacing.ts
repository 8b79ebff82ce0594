/**
 * When clients work. Without faults they go on back to back (`max`). With faults, operations come in
 * bursts: every client 5 to 20 operations back to back, on the few keys that are hot, spread over the
 * schedule; a quarter of the bursts begin within 50 ms of a fault's begin or end, where protocols are
 * weakest, and at least one begins within each fault. Where there are too few operations for that, a
 * burst is for some of the clients only, on all nodes.
 */
import type { Random } from '../base/random.ts';
import type { Fault } from '../faults/fault.ts';

/** How a run's operations are spread over time. */
export type Pacing = 'bursts' | 'max' | { readonly opsPerSecond: number };

/** From `atNs` (since the first operation) on, each client may do so many operations more. */
export interface Burst {
  readonly atNs: number;
  /** Operations per client. */
  readonly counts: readonly number[];
  /** How long after `atNs` each client begins: 0, or somewhere within a spread. */
  readonly latesNs: readonly number[];
  /** Places of the hot keys. */
  readonly places: readonly number[];
}

const FEWEST = 5;
const MOST = 20;
const MEAN = (FEWEST + MOST) / 2;
const NEAR_NS = 50e6;
const MOST_HOT = 3;
/** Half of the bursts begin at once; in the others some clients come when the first are stuck already. */
const SPREADS_NS = [0, 0, 50e6, 250e6];

export interface BurstOptions {
  readonly clients: number;
  /** Client w works on node w mod nodes. */
  readonly nodes: number;
  readonly ops: number;
  readonly keys: number;
  /** Places by the distribution of the keys. */
  drawPlace(random: Random): number;
}

/**
 * Bursts over a schedule that use up `ops` at its end, in order of time. Pure: the same seed gives the
 * same bursts.
 */
export function planBursts(
  random: Random,
  faults: readonly Fault[],
  endNs: number,
  options: BurstOptions,
): Burst[] {
  const { clients, nodes, ops } = options;
  const count = Math.max(Math.ceil(ops / (MEAN * clients)), 2 * faults.length, 1);
  const times = burstTimes(random.split('times'), faults, endNs, count);
  const crowd = Math.min(clients, Math.max(nodes, Math.round(ops / (MEAN * times.length))));
  let left = ops;
  return times.map((atNs, i) => {
    const own = random.split(`burst ${i}`);
    // Neighbours work on different nodes: any `nodes` of them cover all nodes.
    const first = own.below(clients);
    const takesPart = (client: number): boolean => (client - first + clients) % clients < crowd;
    const share = Math.ceil(left / (times.length - i) / crowd);
    const counts = Array.from({ length: clients }, (_, client) => {
      if (!takesPart(client)) return 0;
      const drawn = own.between(FEWEST, MOST);
      const count = Math.min(left, i === times.length - 1 ? share : Math.min(drawn, 2 * share));
      left -= count;
      return count;
    });
    const spreadNs = own.pick(SPREADS_NS);
    const latesNs = counts.map(() => (own.below(1000) / 1000) * spreadNs);
    return { atNs, counts, latesNs, places: hotPlaces(own, options) };
  });
}

/** One in each fault, a quarter at the edges of faults, the others evenly over the schedule. */
function burstTimes(
  random: Random,
  faults: readonly Fault[],
  endNs: number,
  count: number,
): number[] {
  const within = faults.map(({ atNs, forNs }) => atNs + forNs * (random.between(5, 50) / 100));
  const edges = faults.flatMap((fault) => [fault.atNs, fault.atNs + fault.forNs]);
  const near = edges.length === 0 ? 0 : Math.ceil(count / 4);
  const order = random.shuffle(edges);
  const atEdges = Array.from({ length: near }, (_, i) =>
    Math.max(0, (order[i % order.length] as number) + random.between(-NEAR_NS, NEAR_NS)),
  );
  const rest = Math.max(1, count - near - within.length);
  const stretch = endNs / rest;
  const between = Array.from({ length: rest }, (_, i) =>
    i === 0 ? 0 : Math.floor(i * stretch + (random.below(1000) / 1000) * stretch),
  );
  return [...within, ...atEdges, ...between].sort((a, b) => a - b);
}

function hotPlaces(random: Random, options: BurstOptions): number[] {
  const most = Math.max(MOST_HOT, Math.ceil(options.clients / 3));
  const wanted = Math.min(options.keys, random.between(1, most));
  const places = new Set<number>();
  for (let tries = 0; places.size < wanted && tries < 100; tries++)
    places.add(options.drawPlace(random));
  return [...places];
}
