/**
 * What strikes a node from within: its clock, its disk, its place among the members. Pure.
 *
 * | fault | parameters |
 * | --- | --- |
 * | clock:skew | `offsetMs`: its wall clock, of which its incarnations are made, is off by so much |
 * | clock:bump | `offsetMs`: its monotonic clock jumps; backward it stands still until it is caught up with |
 * | clock:drift | `ratePpm`: how much faster than true time it runs, in millionths |
 * | clock:strobe | `offsetMs` forward and back again, every `periodMs` |
 * | disk:full | every write fails for want of room; `atOnce` 1: the node writes something right away |
 * | disk:eio | `onSync` 1: fsync fails, 0: writes fail; `atOnce` |
 * | disk:slow | `delayMs` before each fsync |
 * | disk:lose-unsynced, torn | none: the node dies before the next fsync, and what was not synced is lost, or half of it |
 * | member:leave, join, replace | none |
 * | all that may end a node | `survivors`: it is spared unless so many others serve at that moment |
 */
import type { NodeName } from '../base/operation.ts';
import type { Random } from '../base/random.ts';
import type { Fault } from './fault.ts';
import type { Shape } from './shapes.ts';

/** What a protocol with leases may assume of a clock: its rate is off by no more than so much. */
export const MAX_DRIFT_PPM = 2000;
/**
 * The largest jump that is no worse than the drift over a lease of 400 ms that the bound allows: more
 * is another fault than any lease withstands.
 */
export const MAX_JUMP_MS = 0.8;

const HOUR_MS = 3_600_000;

/** Parameters on some of the nodes, one as often as several. */
function onSome(params: (random: Random) => Fault['params']): Shape {
  return (random, nodes) => {
    const count = random.chance(1, 2) ? 1 : random.between(1, nodes.length);
    return { nodes: chosen(random, nodes, count), links: [], params: params(random) };
  };
}

function chosen(random: Random, nodes: readonly NodeName[], count: number): NodeName[] {
  const drawn = new Set(random.shuffle(nodes).slice(0, count));
  return nodes.filter((node) => drawn.has(node));
}

const eitherWay = (random: Random, x: number): number => (random.chance(1, 2) ? x : -x);
const jumpMs = (random: Random): number => random.between(100, MAX_JUMP_MS * 1000) / 1000;

export const CLOCK: Readonly<Record<string, Shape>> = {
  skew: onSome((random) => ({
    offsetMs: eitherWay(
      random,
      random.chance(1, 2) ? random.between(100, 5000) : random.between(5000, HOUR_MS),
    ),
  })),
  bump: onSome((random) => ({ offsetMs: eitherWay(random, jumpMs(random)) })),
  drift: onSome((random) => ({
    ratePpm: eitherWay(random, random.between(MAX_DRIFT_PPM / 4, MAX_DRIFT_PPM - 100)),
  })),
  strobe: onSome((random) => ({ offsetMs: jumpMs(random), periodMs: random.between(20, 250) })),
};

/** One node, and not the only one: it may die of it. */
function oneOf(params: (random: Random) => Fault['params'], forNs?: (random: Random) => number) {
  const shape: Shape = (random, nodes) =>
    nodes.length < 2
      ? undefined
      : {
          nodes: [random.pick(nodes)],
          links: [],
          params: params(random),
          ...(forNs !== undefined && { forNs: forNs(random) }),
        };
  return shape;
}

/** The log is written when views change: long enough for that to happen. */
const LONG_NS = (random: Random): number => random.between(1500, 3500) * 1e6;

export const DISK: Readonly<Record<string, Shape>> = {
  full: oneOf((random) => ({ atOnce: random.below(2), survivors: 1 })),
  eio: oneOf((random) => ({ onSync: random.below(2), atOnce: random.below(2), survivors: 1 })),
  slow: onSome((random) => ({
    delayMs: random.chance(1, 2) ? random.between(5, 50) : random.between(50, 600),
  })),
  'lose-unsynced': oneOf(() => ({ survivors: 1 }), LONG_NS),
  torn: oneOf(() => ({ survivors: 1 }), LONG_NS),
};

/** A member goes only where a majority is left beside it. */
const fewEnough = (nodes: readonly NodeName[]): boolean => nodes.length >= 3;

export const MEMBER: Readonly<Record<string, Shape>> = {
  join: () => ({ nodes: [], links: [], params: {} }),
  leave: (random, nodes) =>
    fewEnough(nodes) ? { nodes: [random.pick(nodes)], links: [], params: {} } : undefined,
  replace: (random, nodes) =>
    fewEnough(nodes)
      ? { nodes: [random.pick(nodes)], links: [], params: { survivors: 1 } }
      : undefined,
};
