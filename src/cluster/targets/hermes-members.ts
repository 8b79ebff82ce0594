/**
 * Members of a cluster of our replicas: how they come, how they go, who leads them.
 */
import { nodeName } from '../../base/node-name.ts';
import type { NodeName, NodeStatus } from '../../base/operation.ts';
import { mostNamed } from '../../faults/standing.ts';
import type { MemberChanges, NodeInfo } from '../../system/system.ts';
import { command, Refused, statusOf } from './hermes-admin.ts';

/** Between two looks at a node that comes or goes, in ms. */
const LOOK_EVERY_MS = 20;
const LOOK_WITHIN_MS = 400;
const LEADER_WITHIN_MS = 300;

export const MEMBERS: MemberChanges = {
  join: (node, signal) => change(node, 'JOIN', ({ state }) => state === 'serving', signal),
  leave: (node, signal) => change(node, 'LEAVE', ({ state }) => state === 'left', signal),
  mend: (node, signal) => change(node, 'MEND', ({ vote }) => vote === 'yes', signal),
};

/**
 * Says the word and looks until it has come true. A replica that began it goes on by itself when the
 * connection is lost, since it writes down first what it wants; so the word is said again.
 */
async function change(
  node: NodeInfo,
  word: 'JOIN' | 'LEAVE' | 'MEND',
  done: (status: NodeStatus) => boolean,
  signal: AbortSignal,
): Promise<void> {
  let said = false;
  let last = 'no answer';
  while (!signal.aborted) {
    try {
      if (!said) await command(node, ['HERMES', word], signal);
      said = true;
      const late = AbortSignal.any([signal, AbortSignal.timeout(LOOK_WITHIN_MS)]);
      const status = await statusOf(node, late);
      if (done(status)) return;
      last = `it says "${status.state}"`;
    } catch (error) {
      if (error instanceof Refused) throw new Error(error.reason);
      if (!signal.aborted) last = (error as Error).message;
      said = false;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  throw new Error(last);
}

/** The node that most of those who answer name; undefined: nobody names one. */
export async function leaderOf(nodes: readonly NodeInfo[]): Promise<NodeName | undefined> {
  const named = await Promise.all(
    nodes.map(async (node) => {
      const status = await statusOf(node, AbortSignal.timeout(LEADER_WITHIN_MS)).catch(() => null);
      return status?.leader;
    }),
  );
  const leader = mostNamed(named);
  return leader === undefined ? undefined : nodeName(leader);
}
