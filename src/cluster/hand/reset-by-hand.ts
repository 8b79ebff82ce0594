/**
 * `hermes cluster reset`: the way back from what no view can mend.
 *
 * Of one node: it lost its disk, and with it its word on views that it gave as an acceptor; it gets its
 * part in decisions back. Of the cluster: the memory of all members, or the disks of a majority of
 * acceptors are lost; it starts anew, with nothing in it.
 */
import { count, duration } from '../../base/figures.ts';
import type { NodeName, NodeStatus } from '../../base/operation.ts';
import { UserError } from '../../base/user-error.ts';
import type { Target } from '../../system/system.ts';
import type { HolderClient } from '../holder/holder-client.ts';
import type { Description } from '../holder/holder-config.ts';
import { untilReady } from '../until-ready.ts';
import type { Watch } from './members-by-hand.ts';
import { nameFlag } from './status-text.ts';
import { majorityOf } from './view-text.ts';
import { changeableTarget, nodeOf, statusOf, withHolder } from './with-holder.ts';

const READY_WITHIN_MS = 60_000;

/** What a reset of the whole cluster would do, for whoever has to agree. */
export interface ResetOutlook {
  /** Keys that somebody serves now and nobody would afterwards. */
  readonly keys: number;
  /** One sentence. */
  readonly risk: string;
}

export async function resetOutlook(cluster: string): Promise<ResetOutlook> {
  return withHolder(cluster, async (holder) => {
    const { description, said } = await look(holder);
    return outlookOf(description, said);
  });
}

function outlookOf(
  { founders }: Description,
  said: readonly (NodeStatus | undefined)[],
): ResetOutlook {
  const serving = said.filter((status) => status?.state === 'serving');
  const keys = Math.max(0, ...serving.map((status) => status?.keys['all'] ?? 0));
  const votes = said.filter((status) => status?.vote === 'yes').length;
  if (serving.length > 0)
    return { keys, risk: `it serves ${count(keys)} keys, and all of them will be lost` };
  if (said.some((status) => status?.state === 'lost'))
    return { keys, risk: 'its data is lost already (LOST): it starts anew with an empty store' };
  if (votes < majorityOf(founders)) {
    const need = majorityOf(founders);
    return {
      keys,
      risk: `no majority of ${founders.join(' ')} decides on views now (${votes} of them, ${need} needed); what members still hold in memory will be lost for good, though they may only be waiting for nodes that are down`,
    };
  }
  return { keys, risk: 'it does not serve now, but may again; what members hold will be lost' };
}

export interface ResetDone {
  readonly nodes: readonly NodeName[];
  readonly ms: number;
  readonly lines: readonly string[];
}

/** Starts the whole cluster anew, empty, under a name that nothing of the old one answers to. */
export async function resetCluster(
  cluster: string,
  { onPhase, onState, signal }: Watch,
): Promise<ResetDone> {
  return withHolder(cluster, async (holder) => {
    const began = performance.now();
    const { description, target } = await look(holder);
    onPhase('ending all nodes, starting them with empty folders');
    onState('the old data is gone; if it does not serve: hermes cluster reset --yes');
    await Promise.all(description.faults.map(({ id }) => holder.call('undo', { id })));
    const infos = await holder.call('refound', {});
    onPhase('waiting until all serve');
    const late = AbortSignal.any([signal, AbortSignal.timeout(READY_WITHIN_MS)]);
    await Promise.all(infos.map((info) => untilReady(target, info, late))).catch((error: Error) => {
      if (signal.aborted) throw signal.reason;
      throw new UserError(
        `cluster ${cluster} does not serve: ${error.message}.`,
        `hermes cluster logs${nameFlag(cluster)} shows why.`,
      );
    });
    const ms = Math.round(performance.now() - began);
    const nodes = infos.map(({ name }) => name);
    const lines = [
      `✔ cluster ${cluster} serves again, with an EMPTY store: everything it held is gone   ${duration(ms)}`,
      `  ${nodes.join(' ')} are a new cluster; it is they who decide on views from now on`,
    ];
    return { nodes, ms, lines };
  });
}

/** Gives a node that lost its disk its part in decisions back. */
export async function resetNode(
  cluster: string,
  name: NodeName,
  { onPhase, signal }: Watch,
): Promise<ResetDone> {
  return withHolder(cluster, async (holder) => {
    const began = performance.now();
    const { description, target } = await look(holder);
    const node = nodeOf(description, name);
    refuseStranger(description, name);
    const status = await statusOf(target, node);
    if (status === undefined) {
      throw new UserError(
        `${name} does not answer.`,
        node.state === 'down'
          ? `Start it first: hermes cluster restart ${name}${nameFlag(cluster)}`
          : `hermes cluster logs ${name}${nameFlag(cluster)} shows why.`,
      );
    }
    if (status.vote === 'yes')
      throw new UserError(
        `${name} has its part in decisions: nothing is to be mended.`,
        `To start the whole cluster anew, empty: hermes cluster reset${nameFlag(cluster)}`,
      );
    if (target.members.mend === undefined)
      throw new UserError(`a node of ${target.name} cannot be mended.`);
    onPhase('asking it to take part in decisions again');
    await target.members.mend(node, signal).catch((error: Error) => {
      throw new UserError(
        `${name} cannot take part in decisions again: ${error.message}.`,
        `hermes cluster status${nameFlag(cluster)} shows who does.`,
      );
    });
    const ms = Math.round(performance.now() - began);
    const lines = [
      `✔ ${name} takes part in decisions again   ${duration(ms)}`,
      '  what it promised before it lost its disk is forgotten; that is safe since all of it concerned views before the one that took it in again',
      '  it would not be if the folder of another node was copied to it, or an old copy put back: then reset the whole cluster',
    ];
    return { nodes: [name], ms, lines };
  });
}

function refuseStranger({ founders }: Description, name: NodeName): void {
  if (founders.includes(name)) return;
  throw new UserError(
    `${name} joined later and has no part in decisions on views: nothing is to be mended.`,
    `These have: ${founders.join(', ')}.`,
  );
}

async function look(holder: HolderClient): Promise<{
  description: Description;
  target: Target & Required<Pick<Target, 'members' | 'status'>>;
  said: (NodeStatus | undefined)[];
}> {
  const description = await holder.call('describe', {});
  const target = await changeableTarget(description.target);
  const said = await Promise.all(description.nodes.map((node) => statusOf(target, node)));
  return { description, target, said };
}
