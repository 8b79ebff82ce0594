/**
 * What a seed means where members come and go: the swarm of `scenario.ts` with faults around the
 * times that matter to leases and suspicion, and with nodes that leave, come back, or are new.
 */
import { random, type Random } from '../base/random.ts';
import type { NodeId, NodeRef } from '../base/operation.ts';
import { reliableHermes } from '../protocols/hermes/reliable.ts';
import type { Timing } from '../protocols/machine.ts';
import { OPTIONS } from './hermes.case.ts';
import { type Disturbance, drawScenario, type Scenario, type ScenarioLimits } from './scenario.ts';
import type { RunOptions } from './simulate.ts';
import type { World } from './world.ts';

export const RELIABLE = reliableHermes;

/** Kinds of faults that a seed may draw; those of a run are a random part of them. */
export type Trouble = 'crash' | 'stall' | 'cut' | 'leave' | 'disk';
const TROUBLES: readonly Trouble[] = ['crash', 'stall', 'cut', 'leave', 'disk'];

export interface MembershipLimits extends Omit<ScenarioLimits, 'views' | 'crashes'> {
  readonly troubles?: readonly Trouble[];
}

/** The scenario of a seed. */
export function drawMembership(seed: number, limits: MembershipLimits = {}): Scenario {
  const base = drawScenario(seed, { requests: [30, 90], deadlines: false, ...limits });
  const of = random(seed).split('membership');
  const unitUs = base.world.timing.heartbeatUs / 25;
  const timing = drawTiming(of.split('timing'), base.world.timing, unitUs);
  const { nodes } = base.world;
  const thinkUs = of.split('think').pick([1, 4, 12]) * Math.ceil(timing.heartbeatUs / 4);
  const lengthUs = Math.ceil((base.requests * thinkUs) / base.clients) + 20 * timing.heartbeatUs;
  const newcomers = of.split('newcomers').chance(1, 5) && nodes > 3 ? 1 : 0;
  return {
    ...base,
    world: {
      ...base.world,
      timing,
      options: { ...base.world.options, chunkKeys: of.split('chunks').pick([1, 1, 2, 512]) },
      ...(newcomers > 0 && { acceptors: nodes - newcomers }),
    },
    thinkUs,
    endUs: Math.min(2 * lengthUs, 200 * timing.heartbeatUs),
    deadlineUs: of.split('deadline').pick([2, 20]) * timing.suspectUs,
    backOffUs: Math.ceil(timing.heartbeatUs / 2),
    // From what nobody notices to what outlasts suspicion.
    fsyncUs: of.split('fsync').pick([1, 1, 1, 4, 16]) * timing.heartbeatUs,
    disturbances: drawTroubles(of.split('troubles'), {
      nodes,
      acceptors: nodes - newcomers,
      timing,
      lengthUs,
      troubles: limits.troubles ?? TROUBLES,
    }),
  };
}

/** Heartbeats against a one-way delay of `unitUs`; leases and suspicion against each other. */
function drawTiming(random: Random, base: Timing, unitUs: number): Timing {
  const heartbeatUs = random.pick([4, 10]) * unitUs;
  const leaseUs = random.pick([4, 8]) * heartbeatUs;
  return {
    ...base,
    heartbeatUs,
    leaseUs,
    suspectUs: Math.ceil(leaseUs * random.pick([0.6, 1, 1.3])),
    stepUs: 2 * heartbeatUs,
    stableUs: random.pick([1, 5]) * heartbeatUs,
  };
}

interface Times {
  readonly nodes: number;
  readonly acceptors: number;
  readonly timing: Timing;
  readonly lengthUs: number;
  readonly troubles: readonly Trouble[];
}

function drawTroubles(random: Random, times: Times): Disturbance[] {
  return times.troubles.flatMap((kind) => {
    const count = random.pick([0, 0, 1, 2, 4]);
    return Array.from({ length: count }, () => DRAW[kind](random, times)).flat();
  });
}

const DRAW: Readonly<Record<Trouble, (random: Random, times: Times) => Disturbance[]>> = {
  crash: (random, times) => [
    {
      kind: 'crash',
      node: random.below(times.nodes),
      synced: random.chance(1, 2),
      ...drawWhen(random, times),
    },
  ],
  /** Of a minority of the acceptors, the last ones, over the whole run (spec §7.5). */
  disk(random, times) {
    const minority = Math.floor((times.acceptors - 1) / 2);
    if (minority === 0) return [];
    const node = times.acceptors - 1 - random.below(minority);
    const when = drawWhen(random, times);
    const mends = [1, 2, 4].map((waits): Disturbance => {
      const atUs = when.atUs + when.forUs + waits * times.timing.suspectUs;
      return { kind: 'admin', node, atUs, forUs: 0, words: ['MEND'] };
    });
    return [{ kind: 'crash', node, empty: true, ...when }, ...(random.chance(1, 2) ? mends : [])];
  },
  stall: (random, times) => [
    { kind: 'stall', node: random.below(times.nodes), ...drawWhen(random, times) },
  ],
  cut: (random, times) => [
    { kind: 'cut', links: drawShape(random, times.nodes), ...drawWhen(random, times) },
  ],
  leave(random, times) {
    const node = random.below(times.nodes);
    const { atUs, forUs } = drawWhen(random, times);
    const order = (words: readonly string[], when: number): Disturbance => ({
      kind: 'admin',
      node,
      atUs: when,
      forUs: 0,
      words,
    });
    const leaves = order(['LEAVE'], atUs);
    return random.chance(3, 4) ? [leaves, order(['JOIN'], atUs + forUs)] : [leaves];
  },
};

/** From the first view on; as long as a few heartbeats, a lease, a suspicion, or much longer. */
function drawWhen(random: Random, { timing, lengthUs }: Times): { atUs: number; forUs: number } {
  const { heartbeatUs, leaseUs, suspectUs } = timing;
  const about = random.pick([heartbeatUs, leaseUs, leaseUs, suspectUs, suspectUs, 5 * suspectUs]);
  return {
    atUs: 3 * heartbeatUs + random.below(lengthUs),
    forUs: Math.ceil(about / 2) + random.below(about),
  };
}

type Link = readonly [NodeId, NodeId];

/** Which links carry nothing: both or one direction, of a node, a half, a pair, or all but a bridge. */
function drawShape(random: Random, nodes: number): readonly Link[] {
  const ids = random.shuffle(Array.from({ length: nodes }, (_, id) => id));
  const size = random.pick([1, Math.floor(nodes / 2), Math.ceil(nodes / 2)]);
  const shape = random.pick(['halves', 'halves', 'out', 'in', 'pair', 'one', 'bridge'] as const);
  const [first, second] = ids as [NodeId, NodeId];
  const half = ids.slice(0, size);
  const rest = ids.slice(size);
  switch (shape) {
    case 'pair':
      return both([first], [second]);
    case 'one':
      return [[first, second]];
    case 'out':
      return between(half, rest);
    case 'in':
      return between(rest, half);
    case 'halves':
      return both(half, rest);
    case 'bridge':
      return both(half, rest.slice(1));
  }
}

function between(from: readonly NodeId[], to: readonly NodeId[]): readonly Link[] {
  return from.flatMap((a) => to.map((b) => [a, b] as const));
}

function both(one: readonly NodeId[], other: readonly NodeId[]): readonly Link[] {
  return [...between(one, other), ...between(other, one)];
}

interface Member {
  readonly membership: { readonly chosen: { readonly full: readonly NodeRef[]; epoch: number } };
}

/** The latest view that any living node knows. */
export function finalView(world: World): { readonly full: readonly NodeRef[]; epoch: number } {
  return world.hosts
    .filter((host) => host.up)
    .map((host) => (host.state as Member).membership.chosen)
    .reduce((a, b) => (b.epoch > a.epoch ? b : a));
}

/** Nobody holds the data any more, and some node says so. */
export function isLost(world: World): boolean {
  return world.hosts.some(({ id, up, state }) => {
    const status = world.protocol.machine.status(state, world.nowUs(id));
    return up && status.state === 'lost';
  });
}

/**
 * A run that ends LOST is right only if the faults took the memory of every full member of the
 * latest view (spec §7.5).
 */
function unjustLoss(world: World): string | undefined {
  if (!isLost(world)) return undefined;
  const view = finalView(world);
  const alive = view.full.find(
    (ref) => !world.crashed.some((gone) => gone.id === ref.id && gone.inc === ref.inc),
  );
  return alive && `LOST in epoch ${view.epoch}, but n${alive.id + 1} did not crash`;
}

/** How such runs are judged. */
export const RELIABLE_OPTIONS: RunOptions = {
  rejoins: true,
  maxSettleSteps: 200_000,
  judge: (history, world) => unjustLoss(world) ?? OPTIONS.judge?.(history, world),
};
