/**
 * `hermes cluster kill|pause|resume|restart`: what each does to a list of nodes, and what it says.
 */
import type { NodeName, NodeStatus } from '../../base/operation.ts';
import { UserError } from '../../base/user-error.ts';
import { holderOf, type HolderClient } from '../holder/holder-client.ts';
import { targetOfSpec } from '../targets/target-of-spec.ts';
import { untilReady } from '../until-ready.ts';
import { chosenNodes, inflict, lastingFault, relieve } from './by-hand.ts';
import { nameFlag } from './status-text.ts';

/** What was done, and how to say it. */
export interface Done {
  readonly nodes: readonly NodeName[];
  readonly lines: readonly string[];
}

const READY_WITHIN_MS = 10_000;

/** Runs `act` for each of the nodes that were named. Throws a `UserError` if none was. */
async function withNodes(
  cluster: string,
  words: readonly string[],
  act: (holder: HolderClient, node: NodeName) => Promise<string>,
): Promise<Done> {
  const holder = await holderOf(cluster);
  try {
    const { nodes } = await holder.call('describe', {});
    const names = nodes.map(({ name }) => name);
    const chosen = chosenNodes(words, names);
    if (chosen.length === 0)
      throw new UserError('name the nodes.', `Nodes of this cluster: ${names.join(', ')}.`);
    return { nodes: chosen, lines: await Promise.all(chosen.map((node) => act(holder, node))) };
  } finally {
    holder.close();
  }
}

export async function killNodes(cluster: string, words: readonly string[]): Promise<Done> {
  const done = await withNodes(cluster, words, async (holder, node) => {
    const report = await inflict(holder, lastingFault({ kind: 'kill', nodes: [node] }));
    return report.bitten ? `${node} is dead, and its data with it` : `${node} was down already`;
  });
  const again = `hermes cluster restart ${done.nodes.join(' ')}${nameFlag(cluster)}`;
  return {
    ...done,
    lines: [
      ...done.lines,
      `  writes now wait for it in vain; ${again} starts it again, as a stranger that refuses every operation (NOTMEMBER) until there is a membership protocol`,
    ],
  };
}

export async function pauseNodes(cluster: string, words: readonly string[]): Promise<Done> {
  const done = await withNodes(cluster, words, async (holder, node) => {
    const report = await inflict(holder, lastingFault({ kind: 'pause', nodes: [node] }));
    if (!report.bitten) throw new UserError(`${node} could not be stopped: it does not run.`);
    return `${node} is paused`;
  });
  const again = `hermes cluster resume ${done.nodes.join(' ')}${nameFlag(cluster)}`;
  return { ...done, lines: [...done.lines, `  go on: ${again}`] };
}

export async function resumeNodes(cluster: string, words: readonly string[]): Promise<Done> {
  return withNodes(cluster, words, async (holder, node) => {
    const reports = await relieve(holder, 'pause', node);
    if (reports.length === 0) throw new UserError(`${node} is not paused.`);
    const ms = Math.max(...reports.map(({ counters }) => counters['stoppedMs'] ?? 0));
    return `${node} goes on after ${(ms / 1000).toFixed(1)} s`;
  });
}

export async function restartNodes(cluster: string, words: readonly string[]): Promise<Done> {
  return withNodes(cluster, words, async (holder, node) => {
    const before = await stateOf(holder, node);
    if (before !== 'down') {
      throw new UserError(
        `${node} runs already.`,
        `To lose what it holds: hermes cluster kill ${node}${nameFlag(cluster)}`,
      );
    }
    const ended = await relieve(holder, 'kill', node);
    if (ended.length === 0) await holder.call('restart', { node });
    const status = await readyAgain(holder, node);
    const incarnation = status === undefined ? '' : `, incarnation ${status.incarnation}`;
    return status?.state === 'not-member'
      ? `${node} runs again${incarnation}; it belongs to no view and refuses every operation (NOTMEMBER)`
      : `${node} runs again${incarnation}`;
  });
}

async function stateOf(holder: HolderClient, node: NodeName): Promise<string | undefined> {
  const { nodes } = await holder.call('describe', {});
  return nodes.find(({ name }) => name === node)?.state;
}

/** Waits until the node answers; what it says of itself, where the target can ask. */
async function readyAgain(holder: HolderClient, node: NodeName): Promise<NodeStatus | undefined> {
  const { target: spec, nodes } = await holder.call('describe', {});
  const target = await targetOfSpec(spec);
  const info = nodes.find(({ name }) => name === node);
  if (target === undefined || info === undefined) return undefined;
  const late = AbortSignal.timeout(READY_WITHIN_MS);
  try {
    await untilReady(target, info, late);
  } catch (error) {
    throw new UserError(
      `${node} did not get ready within ${READY_WITHIN_MS / 1000} s.`,
      (error as Error).message,
    );
  }
  return target.status?.(info, late);
}
