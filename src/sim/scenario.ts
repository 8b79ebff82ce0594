/**
 * What a seed means: a cluster, its clients, and everything that will go wrong.
 *
 * Swarm testing: each seed draws not only the events but which kinds of faults there are at all, how
 * strong, and which options of the protocol are on, since a mix of everything hides what a few
 * things together would show. Each aspect draws from its own label.
 */
import type { NodeId } from '../base/operation.ts';
import { random, type Random } from '../base/random.ts';
import type { Timing } from '../protocols/machine.ts';
import type { LinkLaw, Ratio } from './network.ts';
import type { Mix } from './requests.ts';
import { drawViews } from './scripted-views.ts';
import { NO_DEADLINE } from './step.ts';
import type { ClockLaw, KeyKind, WorldConfig } from './world-config.ts';

/** Something that goes wrong from `atUs` for `forUs` µs of true time, then is undone. */
export type Disturbance = { readonly atUs: number; readonly forUs: number } & (
  | { readonly kind: 'cut'; readonly links: readonly (readonly [NodeId, NodeId])[] }
  | { readonly kind: 'stall'; readonly node: NodeId }
  | {
      readonly kind: 'crash';
      readonly node: NodeId;
      /** What was being written had reached the disk. */
      readonly synced?: boolean;
      /** It comes back with a new disk. */
      readonly empty?: boolean;
    }
  /** Nothing to undo: `forUs` is 0. */
  | { readonly kind: 'admin'; readonly node: NodeId; readonly words: readonly string[] }
);

export interface Scenario {
  readonly seed: number;
  readonly world: WorldConfig;
  readonly clients: number;
  /** Client w asks node w mod homes: few homes make crowds. */
  readonly homes: number;
  /** Requests of all clients together. */
  readonly requests: number;
  readonly mix: Mix;
  /** A client waits up to this long between an answer and its next request, µs. */
  readonly thinkUs: number;
  /** Deadline of a request, from when it was asked, µs. */
  readonly deadlineUs: number;
  /**
   * A client that was refused waits this long and asks the next node, and the refused request does
   * not count as one of `requests`. Absent: a round trip, and it counts.
   */
  readonly backOffUs?: number;
  /** A client leaves when it waited this long, µs; 0: it never does. */
  readonly patienceUs: number;
  /** When the faults and the clients end, whatever is left of them; absent: when all is asked. */
  readonly endUs?: number;
  /** Longest fsync, µs: each takes up to that; absent: half a millisecond. */
  readonly fsyncUs?: number;
  /** One law per link, `from · nodes + to`. */
  readonly links: readonly LinkLaw[];
  readonly disturbances: readonly Disturbance[];
}

/** What the caller fixes; everything absent is drawn. */
export interface ScenarioLimits {
  readonly nodes?: readonly number[];
  readonly requests?: readonly [min: number, max: number];
  readonly keys?: readonly [min: number, max: number];
  readonly kinds?: readonly KeyKind[];
  readonly clients?: readonly [min: number, max: number];
  /** Boolean options of the protocol that are drawn. */
  readonly drawnOptions?: readonly string[];
  /** Options that are fixed. */
  readonly options?: Readonly<Record<string, boolean | number>>;
  readonly bugs?: readonly string[];
  /** False (the default): nobody's memory is lost. */
  readonly crashes?: boolean;
  /** True: nodes are removed by view changes (see `withScript`). */
  readonly views?: boolean;
  /** False: every request and every client waits for ever. Default true: one run in four has bounds. */
  readonly deadlines?: boolean;
}

/** The scenario of a seed within limits. */
export function drawScenario(seed: number, limits: ScenarioLimits = {}): Scenario {
  const of = random(seed);
  const nodes = of.split('nodes').pick(limits.nodes ?? [3, 5]);
  const scale = of.split('scale').pick([100, 1000, 5000]);
  const links = drawLinks(of.split('links'), nodes, scale);
  const requests = within(of.split('requests'), limits.requests ?? [10, 60]);
  const lengthUs = requests * scale * 2;
  const clocks = drawClocks(of.split('clocks'), nodes);
  const bounds = drawBounds(of.split('bounds'), scale, limits.deadlines ?? true);
  return {
    seed,
    world: {
      nodes,
      timing: drawTiming(of.split('timing'), scale),
      options: {
        ...drawOptions(of.split('options'), limits.drawnOptions ?? []),
        ...limits.options,
      },
      bugs: limits.bugs ?? [],
      seed: of.split('machines').below(1_000_000),
      keys: drawKeys(of.split('keys'), limits),
      ...(clocks && { clocks }),
    },
    clients: within(of.split('clients'), limits.clients ?? [2, 8]),
    homes: of.split('homes').pick([nodes, nodes, 2]),
    requests,
    mix: drawMix(of.split('mix')),
    thinkUs: of.split('think').pick([0, scale, 10 * scale]),
    ...bounds,
    links,
    disturbances: [
      ...drawCuts(of.split('cuts'), nodes, lengthUs),
      ...drawStops(of.split('stalls'), nodes, lengthUs, 'stall'),
      ...(limits.crashes ? drawStops(of.split('crashes'), nodes, lengthUs, 'crash') : []),
      ...(limits.views ? drawViews(of.split('views'), nodes, lengthUs) : []),
    ],
  };
}

function within(random: Random, [low, high]: readonly [number, number]): number {
  return random.between(low, high);
}

function drawLinks(random: Random, nodes: number, scale: number): LinkLaw[] {
  const ratio = (steps: readonly number[]): Ratio => [random.pick(steps), 100];
  const base: LinkLaw = {
    minUs: Math.floor(scale / 10),
    spanUs: random.pick([1, scale, 5 * scale]),
    slow: ratio([0, 5, 20, 50]),
    slowFactor: random.pick([3, 10, 40]),
    loss: ratio([0, 0, 5, 20, 40]),
    repeat: ratio([0, 0, 10, 30]),
    ordered: random.chance(1, 5),
  };
  const uneven = random.chance(1, 2);
  return Array.from({ length: nodes * nodes }, () =>
    uneven ? { ...base, minUs: base.minUs * random.pick([1, 1, 3, 15, 60]) } : base,
  );
}

/** Timers against a one-way delay of `scale`: from much too eager to patient. */
function drawTiming(random: Random, scale: number): Timing {
  return {
    retransmitUs: scale * random.pick([2, 5, 20, 100]),
    replayUs: scale * random.pick([1, 3, 10, 60]),
    heartbeatUs: scale * 25,
    leaseUs: scale * 200,
    suspectUs: scale * 250,
    stepUs: scale * 50,
    stableUs: scale * 1000,
    roundTripUs: scale * random.pick([1, 4]),
  };
}

function drawOptions(random: Random, names: readonly string[]): Record<string, boolean> {
  const options: Record<string, boolean> = {};
  for (const name of names) if (random.chance(2, 3)) options[name] = random.chance(1, 2);
  return options;
}

function drawKeys(random: Random, limits: ScenarioLimits): KeyKind[] {
  const kinds = limits.kinds ?? ['register', 'register', 'register', 'counter', 'list'];
  const count = within(random, limits.keys ?? [1, 3]);
  return Array.from({ length: count }, () => random.pick(kinds));
}

function drawMix(random: Random): Mix {
  const weight = (): number => random.pick([0, 1, 4]);
  return {
    read: random.pick([1, 2, 6]),
    write: random.pick([0, 2, 4, 8]),
    cas: weight(),
    setnx: random.pick([0, 0, 1]),
    getset: random.pick([1, 2, 6]),
    delete: random.pick([0, 0, 1]),
  };
}

function drawBounds(
  random: Random,
  scale: number,
  deadlines: boolean,
): { deadlineUs: number; patienceUs: number } {
  const bounded = deadlines && random.chance(1, 4);
  return {
    deadlineUs: bounded ? scale * random.pick([20, 100, 400]) : NO_DEADLINE,
    patienceUs: bounded && random.chance(1, 2) ? scale * random.pick([30, 150]) : 0,
  };
}

function drawClocks(random: Random, nodes: number): ClockLaw[] | undefined {
  if (random.chance(1, 2)) return undefined;
  return Array.from({ length: nodes }, () => ({
    offsetUs: random.below(1_000_000_000),
    ppm: random.between(-2000, 2000),
  }));
}

function drawCuts(random: Random, nodes: number, lengthUs: number): Disturbance[] {
  const count = random.pick([0, 0, 1, 3]);
  return Array.from({ length: count }, () => ({
    ...drawSpan(random, lengthUs),
    kind: 'cut' as const,
    links: drawCut(random, nodes),
  }));
}

/** A partition in two, one direction of it, or a single link. */
function drawCut(random: Random, nodes: number): (readonly [NodeId, NodeId])[] {
  const ids = random.shuffle(Array.from({ length: nodes }, (_, id) => id));
  const shape = random.pick(['halves', 'one-way', 'link'] as const);
  if (shape === 'link') return [[ids[0] as NodeId, ids[1] as NodeId]];
  const size = random.between(1, nodes - 1);
  const [one, other] = [ids.slice(0, size), ids.slice(size)];
  const forth = one.flatMap((a) => other.map((b) => [a, b] as const));
  return shape === 'one-way' ? forth : [...forth, ...forth.map(([a, b]) => [b, a] as const)];
}

function drawStops(
  random: Random,
  nodes: number,
  lengthUs: number,
  kind: 'stall' | 'crash',
): Disturbance[] {
  const count = random.pick([0, 0, 1, 2]);
  return Array.from({ length: count }, () => ({
    ...drawSpan(random, lengthUs),
    kind,
    node: random.below(nodes),
  }));
}

function drawSpan(random: Random, lengthUs: number): { atUs: number; forUs: number } {
  return { atUs: random.below(lengthUs), forUs: random.between(1, Math.ceil(lengthUs / 2)) };
}
