/**
 * `hermes cluster join|leave|replace`: what each does, and what it says.
 */
import { duration, plural } from '../../base/figures.ts';
import { nodeName } from '../../base/node-name.ts';
import type { NodeName, NodeStatus } from '../../base/operation.ts';
import { UserError } from '../../base/user-error.ts';
import type { NodeInfo } from '../../system/system.ts';
import type { HolderClient } from '../holder/holder-client.ts';
import { relieve } from './by-hand.ts';
import { nameFlag } from './status-text.ts';
import { acceptorsText, latest, majorityOf, transferText, viewText } from './view-text.ts';
import { changeableTarget, nodeOf, statusOf, withHolder } from './with-holder.ts';

/** Between two looks at a node that comes, in ms. */
const LOOK_MS = 100;
/** How long one that does not get on is waited for, in ms. */
const STUCK_MS = 15_000;

/** Who watches a change, and may end it. */
export interface Watch {
  /** `detail` changes often, and is for the eye only. */
  readonly onPhase: (phase: string, detail?: string) => void;
  /** What is left as it is if it ends now. */
  readonly onState: (text: string) => void;
  readonly signal: AbortSignal;
}

/** What became of a change. */
export interface Changed {
  readonly node: NodeName;
  readonly epoch: number;
  readonly members: readonly NodeName[];
  readonly ms: number;
  readonly lines: readonly string[];
}

/** A brand-new node, or the one that is named and is no member now, becomes a member. */
export async function joinNode(
  cluster: string,
  name: NodeName | undefined,
  watch: Watch,
): Promise<Changed & { readonly address: string; readonly keys: number }> {
  return withHolder(cluster, async (holder) => {
    const began = performance.now();
    watch.onPhase('starting its program');
    const node = name === undefined ? await brandNew(holder) : await known(holder, name);
    watch.onState(goesOn(node.name, cluster));
    const status = await untilMember(holder, node, cluster, watch);
    const ms = Math.round(performance.now() - began);
    const keys = status.keys['all'] ?? 0;
    const address = `${node.host}:${node.port}`;
    const { founders } = await holder.call('describe', {});
    const lines = [
      `✔ ${node.name} has joined: ${viewText(status)}   ${plural(keys, 'key')}   ${address}   ${duration(ms)}`,
    ];
    if (!founders.includes(node.name))
      lines.push(`  it holds all data; on views decide ${founders.join(' ')}, as before`);
    return { ...changed(node.name, status, ms, lines), address, keys };
  });
}

async function brandNew(holder: HolderClient): Promise<NodeInfo> {
  const { target } = await holder.call('describe', {});
  await changeableTarget(target);
  return holder.call('add', {});
}

/** Its program runs when this returns. */
async function known(holder: HolderClient, name: NodeName): Promise<NodeInfo> {
  const description = await holder.call('describe', {});
  const node = description.nodes.find((each) => each.name === name);
  if (node === undefined) {
    throw new UserError(
      `there is no node ${name}.`,
      `Nodes: ${description.nodes.map((each) => each.name).join(', ')}. Without --node a brand-new one joins.`,
    );
  }
  const target = await changeableTarget(description.target);
  if (node.state === 'paused')
    throw new UserError(`${name} is paused.`, `Let it go on: hermes cluster resume ${name}`);
  if (node.state === 'down') await startAgain(holder, name);
  else if ((await statusOf(target, node))?.state === 'serving')
    throw new UserError(`${name} is a member already.`, 'hermes cluster status shows the view.');
  return node;
}

/** Starts the program of a node that is down, by whatever it was ended. */
export async function startAgain(holder: HolderClient, name: NodeName): Promise<void> {
  const ended = await relieve(holder, 'kill', name);
  const failed = ended.find(({ error }) => error !== undefined);
  if (failed?.error !== undefined) throw new UserError(`${failed.error}.`);
  if (ended.length === 0) await holder.call('restart', { node: name });
}

/** Resolves when the node serves as a member. Throws a `UserError` that says what it waits for. */
export async function untilMember(
  holder: HolderClient,
  node: NodeInfo,
  cluster: string,
  { onPhase, signal }: Watch,
): Promise<NodeStatus> {
  const target = await changeableTarget((await holder.call('describe', {})).target);
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  let reason = 'no answer';
  let joined = false;
  const asking = (async () => {
    while (!either.aborted && !joined) {
      await target.members.join(node, either).then(
        () => (joined = true),
        (error: Error) => (reason = either.aborted ? reason : error.message),
      );
    }
  })();
  let mark = '';
  let movedMs = performance.now();
  for (;;) {
    const status = await statusOf(target, node);
    if (joined && status !== undefined) return status;
    const now = markOf(status);
    if (now !== mark) movedMs = performance.now();
    mark = now;
    onPhase(phaseOf(status), status === undefined ? '' : transferText(status));
    const lost = status?.state === 'lost';
    if (signal.aborted || lost || performance.now() - movedMs > STUCK_MS) {
      stop.abort();
      await asking;
      if (signal.aborted) throw signal.reason;
      throw notJoined(node.name, cluster, reason, lost);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Changes as long as the node gets on. */
function markOf(status: NodeStatus | undefined): string {
  return status === undefined
    ? ''
    : `${status.state} ${status.epoch} ${status.incarnation} ${status.transfer?.keys}`;
}

function phaseOf(status: NodeStatus | undefined): string {
  switch (status?.state) {
    case undefined:
      return 'waiting for its first answer';
    case 'joining':
      return 'copying the data';
    case 'no-lease':
      return 'waiting for its lease';
    case 'serving':
      return 'serving';
    default:
      return 'waiting for a view that takes it in';
  }
}

function notJoined(name: NodeName, cluster: string, reason: string, lost: boolean): UserError {
  const flag = nameFlag(cluster);
  return lost
    ? new UserError(
        `${name} cannot join: nobody holds the data any more (LOST).`,
        `Start anew with an empty store: hermes cluster reset${flag}`,
      )
    : new UserError(`${name} has not joined: ${reason}.`, goesOn(name, cluster));
}

function goesOn(name: NodeName, cluster: string): string {
  const flag = nameFlag(cluster);
  return `${name} runs and goes on joining. Look: hermes cluster status${flag}. Take it back: hermes cluster leave ${name}${flag}`;
}

/** A member goes in good order. Its program ends, unless it is an acceptor and `stop` is not said. */
export async function leaveNode(
  cluster: string,
  name: NodeName,
  stop: boolean,
  { onPhase, onState, signal }: Watch,
): Promise<Changed & { readonly stopped: boolean }> {
  return withHolder(cluster, async (holder) => {
    const began = performance.now();
    const description = await holder.call('describe', {});
    const node = nodeOf(description, name);
    const target = await changeableTarget(description.target);
    if (node.state !== 'running') {
      throw new UserError(
        `${name} is ${node.state}: it cannot leave in good order.`,
        node.state === 'paused'
          ? `Let it go on: hermes cluster resume ${name}${nameFlag(cluster)}`
          : `The others take it out of the view by themselves. To put another in its place: hermes cluster replace ${name}${nameFlag(cluster)}`,
      );
    }
    onPhase('waiting for a view without it');
    onState(
      `${name} goes on leaving. Look: hermes cluster status${nameFlag(cluster)}. Take it back: hermes cluster join --node ${name}${nameFlag(cluster)}`,
    );
    const late = AbortSignal.any([signal, AbortSignal.timeout(STUCK_MS)]);
    await target.members.leave(node, late).catch((error: Error) => {
      if (signal.aborted) throw signal.reason;
      throw new UserError(
        `${name} has not left: ${error.message}.`,
        `Look: hermes cluster status${nameFlag(cluster)}`,
      );
    });
    const votes = description.founders.includes(name);
    const stopped = stop || !votes;
    if (stopped) await holder.call('retire', { node: name });
    const others = description.nodes.filter((each) => each.name !== name);
    const status = latest(await Promise.all(others.map((each) => statusOf(target, each))));
    const ms = Math.round(performance.now() - began);
    const back = `hermes cluster join --node ${name}${nameFlag(cluster)}`;
    const lines = [
      `✔ ${name} has left${status === undefined ? '' : `: ${viewText(status)}`}   ${duration(ms)}`,
      stopped
        ? `  its program has ended; it comes back with: ${back}`
        : `  its program goes on, since it is one of those who decide on views (end it too: --stop); it comes back with: ${back}`,
    ];
    return { ...changed(name, status, ms, lines), stopped };
  });
}

/**
 * A brand-new node takes the place of one that is gone for good. One that still serves leaves in good
 * order, after the new one has joined; then all that it has is removed.
 */
export async function replaceNode(
  cluster: string,
  name: NodeName,
  watch: Watch,
): Promise<Changed & { readonly replaced: NodeName; readonly acceptors: readonly NodeName[] }> {
  return withHolder(cluster, async (holder) => {
    const began = performance.now();
    const { founders, nodes, target: spec } = await holder.call('describe', {});
    const old = nodeOf({ nodes }, name);
    const target = await changeableTarget(spec);
    const gone = founders.filter((each) => !nodes.some((node) => node.name === each));
    refuseLastMajority(name, founders, gone, cluster);
    watch.onPhase('starting a new node');
    const node = await holder.call('add', {});
    watch.onState(`${goesOn(node.name, cluster)}. ${name} is as it was`);
    await untilMember(holder, node, cluster, watch);
    watch.onPhase(`waiting for a view without ${name}`);
    const late = AbortSignal.any([watch.signal, AbortSignal.timeout(STUCK_MS)]);
    if (old.state === 'running') await target.members.leave(old, late).catch(() => {});
    await holder.call('remove', { node: name });
    const status = await untilWithout(() => statusOf(target, node), old, late);
    const ms = Math.round(performance.now() - began);
    const lines = [
      `✔ ${node.name} has taken the place of ${name}${status === undefined ? '' : `: ${viewText(status)}`}   ${node.host}:${node.port}   ${duration(ms)}`,
    ];
    const lost = [...gone, ...(founders.includes(name) ? [name] : [])];
    if (lost.length > 0) lines.push(`  ${acceptorsText(founders, lost)}`);
    const acceptors = founders.filter((each) => !lost.includes(each));
    return { ...changed(node.name, status, ms, lines), replaced: name, acceptors };
  });
}

/** Without a majority of the nodes of the start no view could ever be decided again. */
function refuseLastMajority(
  name: NodeName,
  founders: readonly NodeName[],
  gone: readonly NodeName[],
  cluster: string,
): void {
  const left = founders.length - gone.length - 1;
  if (!founders.includes(name) || left >= majorityOf(founders)) return;
  throw new UserError(
    `without ${name} only ${left} of the ${founders.length} nodes of the start would be left, too few to decide on a view ever again.`,
    `Let it come back on its own disk: hermes cluster restart ${name}${nameFlag(cluster)}`,
  );
}

/** What the node says once it knows of a view without the old one. */
async function untilWithout(
  ask: () => Promise<NodeStatus | undefined>,
  old: NodeInfo,
  signal: AbortSignal,
): Promise<NodeStatus | undefined> {
  for (;;) {
    const status = await ask();
    const inView = status?.members.some(({ id }) => nodeName(id) === old.name) ?? true;
    if (!inView || signal.aborted) return status;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function changed(
  node: NodeName,
  status: NodeStatus | undefined,
  ms: number,
  lines: readonly string[],
): Changed {
  const members = (status?.members ?? []).map(({ id }) => nodeName(id));
  return { node, epoch: status?.epoch ?? 0, members, ms, lines };
}
