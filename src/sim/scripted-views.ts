/**
 * View changes as steps: random removals that a real membership could have decided on, for protocols
 * whose membership does as it is told.
 *
 * What the lease of a real membership guarantees is kept: before a view without a node is installed
 * anywhere, that node has no lease any more. All else is at random: who installs when, who skips an
 * epoch, whether the removed node lost its links or its memory before, or ever hears of it.
 */
import { nodeId, nodeName } from '../base/node-name.ts';
import type { NodeId } from '../base/operation.ts';
import type { Random } from '../base/random.ts';
import type { Protocol } from '../protocols/machine.ts';
import type { View } from '../protocols/membership.ts';
import type { ScriptedCommand } from '../protocols/scripted-membership.ts';
import type { Disturbance } from './scenario.ts';
import type { World } from './world.ts';

/** Longer than any run. */
const FOR_EVER_US = 1e12;

/** The protocol with words for its scripted membership: `view 2 n1,n3`, `lease none`,
 * `lease unlimited`. */
export function withScript(protocol: Protocol): Protocol {
  return { ...protocol, admin: parseScript };
}

const LEASES: Readonly<Record<string, number>> = { none: 0, unlimited: Infinity };

function parseScript(words: readonly string[]): ScriptedCommand | undefined {
  const [word, first = '', members = ''] = words;
  if (word === 'lease')
    return first in LEASES ? { f: 'lease', untilUs: LEASES[first]! } : undefined;
  const ids = members.split(',').map(nodeId);
  if (word !== 'view' || !/^\d+$/.test(first) || ids.includes(undefined)) return undefined;
  return { f: 'view', view: firstLives(Number(first), ids as NodeId[]) };
}

/** A view of nodes that were there from the beginning. */
function firstLives(epoch: number, ids: readonly NodeId[]): View {
  const ones = Object.fromEntries(ids.map((id) => [id, 1]));
  return {
    epoch,
    full: ids.toSorted((a, b) => a - b).map((id) => ({ id, inc: 1 })),
    shadow: [],
    gen: ones,
    maxInc: ones,
  };
}

function viewWords(epoch: number, ids: readonly NodeId[]): readonly string[] {
  return [
    'view',
    String(epoch),
    ids
      .toSorted((a, b) => a - b)
      .map(nodeName)
      .join(','),
  ];
}

/** One to all but one nodes removed, one after the other, within `lengthUs`. */
export function drawViews(random: Random, nodes: number, lengthUs: number): Disturbance[] {
  const members = random.shuffle(Array.from({ length: nodes }, (_, id) => id));
  const removals = random.between(1, nodes - 1);
  const spreadUs = Math.ceil(lengthUs / random.pick([2, 5, 50]));
  const steps: Disturbance[] = [];
  let atUs = random.below(lengthUs);
  for (let epoch = 2; epoch < 2 + removals; epoch++) {
    const removed = members.pop() as NodeId;
    const order = (node: NodeId, when: number, words: readonly string[]): void => {
      steps.push({ kind: 'admin', node, atUs: when, forUs: 0, words });
    };
    if (random.chance(2, 3)) steps.push(drawIsolation(random, removed, nodes, atUs, spreadUs));
    if (random.chance(1, 4))
      steps.push({ kind: 'crash', node: removed, atUs, forUs: random.between(1, spreadUs) });
    order(removed, atUs, ['lease', 'none']);
    const words = viewWords(epoch, members);
    for (const node of members)
      if (epoch === 1 + removals || random.chance(3, 4))
        order(node, atUs + 1 + random.below(spreadUs), words);
    if (random.chance(1, 2)) order(removed, atUs + 1 + random.below(2 * spreadUs), words);
    atUs += 1 + random.below(spreadUs);
  }
  return steps;
}

/** Why it is removed: from some time on, some of its links no longer carry anything. */
function drawIsolation(
  random: Random,
  node: NodeId,
  nodes: number,
  removedUs: number,
  spreadUs: number,
): Disturbance {
  const links = Array.from({ length: nodes }, (_, other) => other)
    .filter((other) => other !== node && random.chance(2, 3))
    .flatMap((other): (readonly [NodeId, NodeId])[] => [
      [node, other],
      [other, node],
    ])
    .filter(() => random.chance(3, 4));
  const atUs = Math.max(0, removedUs - random.below(spreadUs));
  return { kind: 'cut', atUs, forUs: FOR_EVER_US, links };
}

/**
 * What a membership would do in the end: the latest view that was decided, without members that
 * lost their memory, at all nodes; and its members have leases again.
 */
export function spreadLatestView(world: World): void {
  const { epoch, ids } = latestView(world);
  const alive = ids.filter((id) => world.hosts[id]?.incarnation === 1);
  const words = viewWords(alive.length < ids.length ? epoch + 1 : epoch, alive);
  const order = (id: NodeId, what: readonly string[]): void => {
    if (!world.failure) world.admin(id, what);
  };
  for (const host of world.hosts) {
    if (host.incarnation !== 1 || alive.length === 0) continue;
    order(host.id, words);
    if (alive.includes(host.id)) order(host.id, ['lease', 'unlimited']);
  }
}

/** The latest view that any node was told of. */
function latestView(world: World): { readonly epoch: number; readonly ids: readonly NodeId[] } {
  let latest: { epoch: number; ids: readonly NodeId[] } = {
    epoch: 1,
    ids: world.hosts.map((h) => h.id),
  };
  for (const words of world.ordered) {
    const command = parseScript(words);
    if (command?.f === 'view' && command.view.epoch > latest.epoch)
      latest = { epoch: command.view.epoch, ids: command.view.full.map((ref) => ref.id) };
  }
  return latest;
}
