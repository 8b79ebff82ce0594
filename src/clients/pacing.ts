/**
 * When clients work. Without faults they go on back to back (`max`). With faults, operations come in
 * bursts: every client 5 to 20 operations back to back, on the few keys that are hot, spread over the
 * schedule; a quarter of the bursts begin within 50 ms of a fault's begin or end, where protocols are
 * weakest.
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
  const times = burstTimes(
    random.split('times'),
    faults,
    endNs,
    Math.ceil(options.ops / (MEAN * options.clients)),
  );
  let left = options.ops;
  return times.map((atNs, i) => {
    const own = random.split(`burst ${i}`);
    const last = i === times.length - 1;
    const counts = Array.from({ length: options.clients }, (_, c) => {
      const count = Math.min(
        left,
        last ? Math.ceil(left / (options.clients - c)) : own.between(FEWEST, MOST),
      );
      left -= count;
      return count;
    });
    const spreadNs = own.pick(SPREADS_NS);
    const latesNs = counts.map(() => (own.below(1000) / 1000) * spreadNs);
    return { atNs, counts, latesNs, places: hotPlaces(own, options) };
  });
}

/** A quarter near the edges of faults, the others evenly over the schedule, one in each stretch. */
function burstTimes(
  random: Random,
  faults: readonly Fault[],
  endNs: number,
  count: number,
): number[] {
  const edges = faults.flatMap((fault) => [fault.atNs, fault.atNs + fault.forNs]);
  const near = edges.length === 0 ? 0 : Math.floor(count / 4);
  const order = random.shuffle(edges);
  const atEdges = Array.from({ length: near }, (_, i) =>
    Math.max(0, (order[i % order.length] as number) + random.between(-NEAR_NS, NEAR_NS)),
  );
  const stretch = endNs / (count - near);
  const between = Array.from({ length: count - near }, (_, i) =>
    i === 0 ? 0 : Math.floor(i * stretch + (random.below(1000) / 1000) * stretch),
  );
  return [...atEdges, ...between].sort((a, b) => a - b);
}

function hotPlaces(random: Random, options: BurstOptions): number[] {
  const most = Math.max(MOST_HOT, Math.ceil(options.clients / 3));
  const wanted = Math.min(options.keys, random.between(1, most));
  const places = new Set<number>();
  for (let tries = 0; places.size < wanted && tries < 100; tries++)
    places.add(options.drawPlace(random));
  return [...places];
}
