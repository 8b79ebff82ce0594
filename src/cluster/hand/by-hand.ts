/**
 * Faults by hand: what `hermes cluster kill|pause|partition|fault|heal …` ask of a holder.
 */
import type { NodeName } from '../../base/operation.ts';
import { random } from '../../base/random.ts';
import { UserError } from '../../base/user-error.ts';
import type { Fault, FaultReport, Link } from '../../faults/fault.ts';
import { parseNemesis } from '../../faults/nemesis.ts';
import { SHAPES } from '../../faults/shapes.ts';
import type { HolderClient } from '../holder/holder-client.ts';
import { resolveLeader } from '../resolve-leader.ts';
import { nameOfSpec, targetOfSpec } from '../targets/target-of-spec.ts';

/** A fault that the holder gives an id and that lasts until somebody ends it. */
export function lastingFault(given: Partial<Fault> & Pick<Fault, 'kind'>): Fault {
  return { id: 0, shape: '', atNs: 0, forNs: 0, nodes: [], links: [], params: {}, ...given };
}

/** Names of the cluster's nodes that were asked for. Throws a `UserError` on a stranger. */
export function chosenNodes(words: readonly string[], nodes: readonly NodeName[]): NodeName[] {
  const asked = words.flatMap((word) => word.split(',')).filter((word) => word !== '');
  for (const word of asked)
    if (!nodes.includes(word))
      throw new UserError(`there is no node ${word}.`, `Nodes: ${nodes.join(', ')}.`);
  return [...new Set(asked)];
}

export interface FaultWish {
  /** `kind` or `kind:shape`. */
  readonly text: string;
  /** Nodes to strike, or whose links; none: drawn. */
  readonly nodes: readonly NodeName[];
  /** Parameters that replace the drawn ones. */
  readonly params: Readonly<Record<string, number>>;
  readonly seed: number | string;
}

/** The fault that is wished for: its shape drawn as a schedule would, then what was said put in. */
export function wishedFault(wish: FaultWish, all: readonly NodeName[]): Fault {
  const choices = parseNemesis([wish.text]);
  const [choice] = choices;
  if (choice === undefined || choices.length > 1 || wish.text === 'all')
    throw new UserError(
      'name one kind of fault.',
      'For example: hermes cluster fault messages:lose',
    );
  const chance = random(wish.seed);
  const shape =
    choice.shapes.length === 1 ? (choice.shapes[0] as string) : chance.pick(choice.shapes);
  const strike = SHAPES[choice.kind][shape]?.(chance, all);
  if (strike === undefined) {
    throw new UserError(
      `${choice.kind}:${shape} cannot be done to ${all.length} nodes.`,
      'Choose another shape.',
    );
  }
  // By hand nobody is spared unless that is said.
  const spare = strike.params['survivors'] === undefined ? {} : { survivors: 0 };
  const params = { ...strike.params, ...spare, ...wish.params };
  const { kind } = choice;
  if (wish.nodes.length === 0) return lastingFault({ kind, shape, ...strike, params });
  const links = all.flatMap((a) =>
    all.flatMap((b): Link[] =>
      a !== b && (wish.nodes.includes(a) || wish.nodes.includes(b)) ? [[a, b]] : [],
    ),
  );
  return strike.links.length > 0
    ? lastingFault({ kind, shape, links, params })
    : lastingFault({ kind, shape, nodes: wish.nodes, params });
}

/** Applies a fault. Throws a `UserError` with the reason if it could not be applied. */
export async function inflict(holder: HolderClient, asked: Fault): Promise<FaultReport> {
  const report = await holder.call('inject', { fault: await resolved(holder, asked) });
  if (report.error !== undefined) throw new UserError(`${report.error}.`);
  return report;
}

/** The fault with the present leader in its place. Throws a `UserError` when nobody knows who leads. */
export async function resolved(holder: HolderClient, fault: Fault): Promise<Fault> {
  if (fault.nodes !== 'leader') return fault;
  const { target: spec, nodes } = await holder.call('describe', {});
  const target = await targetOfSpec(spec);
  try {
    if (target === undefined) throw new Error(`nobody can ask ${nameOfSpec(spec)} for its leader`);
    return await resolveLeader(fault, target, nodes);
  } catch (error) {
    throw new UserError(`${(error as Error).message}.`, 'Name the nodes yourself.');
  }
}

/** Faults of a kind that are on and strike this node. */
export async function faultsOn(
  holder: HolderClient,
  kind: Fault['kind'],
  node: NodeName,
): Promise<readonly Fault[]> {
  const { faults } = await holder.call('describe', {});
  return faults.filter(
    (fault) => fault.kind === kind && fault.nodes !== 'leader' && fault.nodes.includes(node),
  );
}

/** Ends faults of a kind that strike a node; returns their reports. */
export async function relieve(
  holder: HolderClient,
  kind: Fault['kind'],
  node: NodeName,
): Promise<readonly FaultReport[]> {
  const faults = await faultsOn(holder, kind, node);
  return Promise.all(faults.map(({ id }) => holder.call('undo', { id })));
}

/** What a fault did, in words: `118 frames lost, 2 connections refused`. */
export function effectText({ counters }: Pick<FaultReport, 'counters'>): string {
  const { epochBefore, epochAfter, ...rest } = counters;
  const words = Object.entries(rest)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count.toLocaleString('en-US')} ${WORDS[name] ?? name}`);
  if (epochBefore !== undefined && epochAfter !== undefined)
    words.push(`epoch ${epochBefore} → ${epochAfter}`);
  return words.length === 0 ? 'nothing was struck by it' : words.join(', ');
}

const WORDS: Readonly<Record<string, string>> = {
  framesLost: 'frames lost',
  packetsDelayed: 'packets delayed',
  packetsReordered: 'packets overtaken',
  packetsDuplicated: 'packets sent twice',
  packetsDiscarded: 'packets too many for a queue',
  packetsPassed: 'packets passed',
  packetsExposed: 'packets exposed',
  timesThrottled: 'times throttled',
  framesDelayed: 'frames delayed',
  bytesHeld: 'bytes held back',
  connectionsRefused: 'connections refused',
  connectionsReset: 'connections reset',
  messagesLost: 'messages lost',
  messagesRepeated: 'messages repeated',
  messagesDelayed: 'messages delayed',
  messagesReordered: 'messages reordered',
  packets: 'packets dropped',
  bytes: 'bytes dropped',
  stoppedMs: 'ms stopped',
  clockMovedUs: 'µs off true time',
  wallMovedMs: 'ms off the time of day',
  writesFailed: 'writes failed',
  syncsFailed: 'fsyncs failed',
  syncsDelayed: 'fsyncs delayed',
  delayedMs: 'ms of delay',
  died: 'ended by it',
  killed: 'killed',
  restarted: 'started again',
  spared: 'spared, as nobody else held the data',
  left: 'left',
  joined: 'joined',
  replaced: 'replaced',
  returned: 'came back',
  dismissed: 'left again',
};
