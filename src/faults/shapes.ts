/**
 * What a fault of each kind and shape strikes: nodes, directed links, parameters. Pure; chance comes
 * from the generator that is handed in.
 *
 * | kind | parameters |
 * | --- | --- |
 * | loss | `percent` of packets, each by chance; `loss:burst`: in runs of `burst` packets |
 * | messages:delay | `delayMs` added to each message, plus up to `jitterMs` |
 * | messages:lose, repeat | `percent` of messages |
 * | messages:reorder | `percent` of messages are held for up to `delayMs` while others pass |
 * | all of these | `seed` of what they draw while they last |
 * | link:delay, rate | `delayMs`, `jitterMs`, `distribution` (see `distribution.ts`); `kbit` per second |
 * | link:reorder, duplicate, corrupt | `percent` of packets; reorder: these are held for `delayMs` while others pass |
 * | kill | `survivors`: nodes are spared until so many others serve at that moment (0: none is spared) |
 * | clock, disk, member | see `program-shapes.ts` |
 */
import type { NodeName } from '../base/operation.ts';
import type { Random } from '../base/random.ts';
import type { Fault, FaultKind, Link } from './fault.ts';
import { DISTRIBUTIONS } from './distribution.ts';
import { CLOCK, DISK, MEMBER } from './program-shapes.ts';

/** What a shape strikes. */
export type Strike = Pick<Fault, 'nodes' | 'links' | 'params'> & {
  /** How long, where that is part of the shape; absent: as long as its slot. */
  readonly forNs?: number;
};

/** Draws a strike; undefined: the shape does not exist with so few nodes. */
export type Shape = (random: Random, nodes: readonly NodeName[]) => Strike | undefined;

/** Names of a kind's shapes, in a fixed order. */
export function shapeNames(kind: FaultKind): readonly string[] {
  return Object.keys(SHAPES[kind]);
}

/** Both directions of every pair between two groups. */
export function cut(left: readonly NodeName[], right: readonly NodeName[]): Link[] {
  return left.flatMap((a) =>
    right.flatMap((b): Link[] => [
      [a, b],
      [b, a],
    ]),
  );
}

const NO_PARAMS = {};

function partition(links: readonly Link[], nodes: readonly NodeName[] = []): Strike {
  return { nodes, links, params: NO_PARAMS };
}

/** A group of `size` nodes against the rest; `nodes` names the smaller side. */
function split(random: Random, nodes: readonly NodeName[], size: number): Strike | undefined {
  if (size < 1 || size >= nodes.length) return undefined;
  const order = random.shuffle(nodes);
  const left = inOrder(order.slice(0, size), nodes);
  const right = inOrder(order.slice(size), nodes);
  return partition(cut(left, right), left.length <= right.length ? left : right);
}

function inOrder(some: readonly NodeName[], all: readonly NodeName[]): NodeName[] {
  return all.filter((node) => some.includes(node));
}

/** Largest number of nodes that is no majority. */
const minority = (n: number): number => Math.floor((n - 1) / 2);

/** A random majority stays together; the rest, together too, is cut from it. */
const majority: Shape = (random, nodes) =>
  nodes.length < 3 ? undefined : split(random, nodes, random.between(1, minority(nodes.length)));

/**
 * Every node hears from exactly a majority (itself counted) and no two hear from the same one. Where
 * a regular graph of that degree exists the cuts go both ways; with 3 or 7 nodes it does not (an odd
 * number of odd degrees), and each node is cut, in one direction, from those outside its window of a
 * ring.
 */
const majoritiesRing: Shape = (random, nodes) => {
  const n = nodes.length;
  if (n < 3) return undefined;
  const ring = random.shuffle(nodes);
  const heard = Math.floor(n / 2);
  const reach = Math.floor(heard / 2);
  const hears = (distance: number): boolean => {
    if (heard % 2 === 0) return distance <= reach || distance >= n - reach;
    if (n % 2 === 0) return distance <= reach || distance >= n - reach || distance === n / 2;
    return distance <= reach + 1 || distance >= n - reach;
  };
  const links = ring.flatMap((to, i) =>
    ring.flatMap((from, j): Link[] => (i === j || hears((j - i + n) % n) ? [] : [[from, to]])),
  );
  return partition(links);
};

/** Two halves that see each other only through one node, which sees all. */
const bridge: Shape = (random, nodes) => {
  if (nodes.length < 3) return undefined;
  const [middle, ...rest] = random.shuffle(nodes);
  const half = Math.floor(rest.length / 2);
  return partition(
    cut(rest.slice(0, half), rest.slice(half)),
    middle === undefined ? [] : [middle],
  );
};

/**
 * One group still hears another but is no longer heard by it; in half of the cases each is a single
 * node. There may be nodes in neither group.
 */
const oneWay: Shape = (random, nodes) => {
  if (nodes.length < 2) return undefined;
  const order = random.shuffle(nodes);
  const single = random.chance(1, 2);
  const size = single ? 1 : random.between(1, nodes.length - 1);
  const silenced = order.slice(0, size);
  const deaf = order.slice(size, size + (single ? 1 : random.between(1, nodes.length - size)));
  return partition(
    silenced.flatMap((from) => deaf.map((to): Link => [from, to])),
    inOrder(silenced, nodes),
  );
};

/** Some pairs, each in both directions. */
const somePairs: Shape = (random, nodes) => {
  const pairs = random.shuffle(pairsOf(nodes));
  if (pairs.length === 0) return undefined;
  const count = random.between(1, Math.max(1, Math.floor(pairs.length / 2)));
  return partition(pairs.slice(0, count).flatMap(([a, b]) => cut([a], [b])));
};

function pairsOf(nodes: readonly NodeName[]): Link[] {
  return nodes.flatMap((a, i) => nodes.slice(i + 1).map((b): Link => [a, b]));
}

/** So many random nodes. */
function someNodes(size: (random: Random, n: number) => number): Shape {
  return (random, nodes) => {
    const count = size(random, nodes.length);
    if (count < 1 || count > nodes.length) return undefined;
    return {
      nodes: inOrder(random.shuffle(nodes).slice(0, count), nodes),
      links: [],
      params: NO_PARAMS,
    };
  };
}

const GROUPS = {
  one: someNodes(() => 1),
  minority: someNodes((random, n) => (minority(n) < 1 ? 0 : random.between(1, minority(n)))),
  majority: someNodes((random, n) =>
    random.between(Math.floor(n / 2) + 1, Math.max(Math.floor(n / 2) + 1, n - 1)),
  ),
  all: someNodes((_, n) => n),
};

/**
 * Around the time-outs of a membership (lease 400 ms, suspicion 500 ms, both after each other): a node
 * that wakes there has just lost what it believes to have, or is about to.
 */
const TIMEOUTS_MS = [400, 500, 900] as const;
const NEAR_MS = 60;

function pause(group: Shape): Shape {
  return (random, nodes) => {
    const struck = group(random, nodes);
    if (struck === undefined || random.chance(2, 5)) return struck;
    const ms = random.pick(TIMEOUTS_MS) + random.between(-NEAR_MS, NEAR_MS);
    return { ...struck, forNs: ms * 1e6 };
  };
}

/** A kill takes the memory of a node: another one that serves has to be left. */
function kill(group: Shape): Shape {
  return (random, nodes) => {
    const struck = group(random, nodes);
    if (struck === undefined || struck.nodes.length >= nodes.length) return undefined;
    return { ...struck, params: { survivors: 1 } };
  };
}

const KILL: Readonly<Record<string, Shape>> = {
  one: kill(GROUPS.one),
  minority: kill(GROUPS.minority),
  majority: kill(GROUPS.majority),
  // One after the other, each when the one before serves again.
  rolling: (random, nodes) =>
    nodes.length < 2
      ? undefined
      : { nodes: random.shuffle(nodes), links: [], params: { survivors: 1 }, forNs: ROLL_NS },
  all: GROUPS.all,
};

/** Enough for two or three nodes to die and come back. */
const ROLL_NS = 8e9;

/** Shapes that break what a protocol relies on: never drawn, only by their name. */
export const ONLY_BY_NAME: ReadonlySet<string> = new Set(['kill:all']);

/** Whoever leads the membership when the fault begins is cut from all others. */
const leader: Shape = (_, nodes) =>
  nodes.length < 2 ? undefined : { nodes: 'leader', links: [], params: NO_PARAMS };

const allLinks = (nodes: readonly NodeName[]): Link[] =>
  pairsOf(nodes).flatMap(([a, b]) => cut([a], [b]));

/** Links to disturb: all, those of one node, or some in one direction each. Empty with one node. */
function disturbed(random: Random, nodes: readonly NodeName[]): Link[] {
  const all = allLinks(nodes);
  const how = random.below(4);
  if (how < 2 || all.length === 0) return all;
  if (how === 2) {
    const node = random.pick(nodes);
    return all.filter(([a, b]) => a === node || b === node);
  }
  return random.shuffle(all).slice(0, random.between(1, Math.max(1, Math.ceil(all.length / 2))));
}

function disturb(
  params: (random: Random, links: readonly Link[], nodes: readonly NodeName[]) => Strike['params'],
): Shape {
  return (random, nodes) => {
    const links = disturbed(random, nodes);
    return links.length === 0
      ? undefined
      : { nodes: [], links, params: params(random, links, nodes) };
  };
}

/**
 * 5 to 120 ms each way, short ones as often as long ones: the longer a message takes, the fewer races
 * there are. More, up to 1 s, only where all links have an end in one minority: a lease counts from its
 * request, and a majority that is slower than that loses it.
 */
function delay(
  random: Random,
  links: readonly Link[],
  nodes: readonly NodeName[],
): Strike['params'] {
  const long = random.chance(1, 4);
  const delayMs =
    long && ofMinority(links, nodes) ? random.between(120, 1000) : someDelayMs(random);
  return { delayMs, jitterMs: random.between(0, Math.min(delayMs, 60)) };
}

function someDelayMs(random: Random): number {
  return random.chance(1, 2) ? random.between(5, 20) : random.between(20, 120);
}

function ofMinority(links: readonly Link[], nodes: readonly NodeName[]): boolean {
  const most = minority(nodes.length);
  if (most < 1) return false;
  const some = nodes.filter((node) => links.every(([a, b]) => a === node || b === node));
  return some.length > 0;
}

/** A connection is lost once, at the begin: of one node, of some pairs, of all. */
const DISCONNECT: Readonly<Record<string, Shape>> = {
  one: (random, nodes) => {
    if (nodes.length < 2) return undefined;
    const node = random.pick(nodes);
    return {
      nodes: [node],
      links: cut(
        [node],
        nodes.filter((other) => other !== node),
      ),
      params: NO_PARAMS,
    };
  },
  links: somePairs,
  all: (_, nodes) => (nodes.length < 2 ? undefined : partition(allLinks(nodes))),
};

/** Every kind with its shapes. */
export const SHAPES: Readonly<Record<FaultKind, Readonly<Record<string, Shape>>>> = {
  partition: {
    halves: (random, nodes) => split(random, nodes, Math.floor(nodes.length / 2)),
    one: (random, nodes) => split(random, nodes, 1),
    majority,
    'majorities-ring': majoritiesRing,
    bridge,
    leader,
    'one-way': oneWay,
    links: somePairs,
  },
  pause: {
    one: pause(GROUPS.one),
    minority: pause(GROUPS.minority),
    majority: pause(GROUPS.majority),
    all: pause(GROUPS.all),
  },
  kill: KILL,
  disconnect: DISCONNECT,
  loss: {
    steady: disturb((random) => ({ percent: random.between(5, 40) })),
    burst: disturb((random) => ({
      percent: random.between(20, 60),
      burst: random.between(4, 30),
    })),
  },
  link: {
    delay: disturb((random, links, nodes) => ({
      ...delay(random, links, nodes),
      distribution: random.below(DISTRIBUTIONS.length),
    })),
    rate: disturb((random) => ({ kbit: random.between(64, 1024) })),
    reorder: disturb((random) => ({
      percent: random.between(5, 50),
      delayMs: random.between(2, 20),
    })),
    duplicate: disturb((random) => ({ percent: random.between(5, 50) })),
    corrupt: disturb((random) => ({ percent: random.between(1, 10) })),
  },
  // In the order in which they are applied when there are several: what is held goes no further.
  messages: {
    lose: disturb((random) => ({ percent: random.between(10, 50) })),
    repeat: disturb((random) => ({
      percent: random.between(20, 80),
      delayMs: someDelayMs(random),
    })),
    reorder: disturb((random) => ({
      percent: random.between(20, 60),
      delayMs: random.chance(1, 2) ? random.between(2, 10) : someDelayMs(random),
    })),
    delay: disturb(delay),
  },
  clock: CLOCK,
  disk: DISK,
  member: MEMBER,
};
