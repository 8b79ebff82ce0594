/**
 * `hermes cluster kill|pause|resume|restart`: what each does to a list of nodes, and what it says.
 */
import { plural } from '../../base/figures.ts';
import type { NodeName } from '../../base/operation.ts';
import { UserError } from '../../base/user-error.ts';
import type { HolderClient } from '../holder/holder-client.ts';
import type { Description } from '../holder/holder-config.ts';
import { targetOfSpec } from '../targets/target-of-spec.ts';
import { untilAnswers } from '../until-ready.ts';
import { chosenNodes, inflict, lastingFault, relieve } from './by-hand.ts';
import { startAgain } from './members-by-hand.ts';
import { nameFlag } from './status-text.ts';
import { majorityOf, transferText } from './view-text.ts';
import { nodeOf, withHolder } from './with-holder.ts';

/** What was done, and how to say it. */
export interface Done {
  readonly nodes: readonly NodeName[];
  readonly lines: readonly string[];
}

const ANSWER_WITHIN_MS = 30_000;
/** How long a restarted node is given to serve before that is left to it, in ms. */
const SERVE_WITHIN_MS = 5_000;
const LOOK_MS = 50;

/** Runs `act` for each of the nodes that were named. Throws a `UserError` if none was. */
async function withNodes(
  cluster: string,
  words: readonly string[],
  act: (holder: HolderClient, node: NodeName) => Promise<string>,
  after: (description: Description, nodes: readonly NodeName[]) => readonly string[] = () => [],
): Promise<Done> {
  return withHolder(cluster, async (holder) => {
    const { nodes } = await holder.call('describe', {});
    const names = nodes.map(({ name }) => name);
    const chosen = chosenNodes(words, names);
    if (chosen.length === 0)
      throw new UserError('name the nodes.', `Nodes of this cluster: ${names.join(', ')}.`);
    const lines = await Promise.all(chosen.map((node) => act(holder, node)));
    const more = after(await holder.call('describe', {}), chosen);
    return { nodes: chosen, lines: [...lines, ...more] };
  });
}

export async function killNodes(cluster: string, words: readonly string[]): Promise<Done> {
  return withNodes(
    cluster,
    words,
    async (holder, node) => {
      const report = await inflict(holder, lastingFault({ kind: 'kill', nodes: [node] }));
      return report.bitten
        ? `${node} is dead, and what it held in memory with it`
        : `${node} was down already`;
    },
    (description, nodes) => {
      const again = `hermes cluster restart ${nodes.join(' ')}${nameFlag(cluster)}`;
      return [`  ${prospect(description)}`, `  start again: ${again}`];
    },
  );
}

/** What the rest of the cluster does without the dead. */
function prospect({ nodes, founders, target }: Description): string {
  const up = nodes.filter(({ state }) => state === 'running').map(({ name }) => name);
  if (up.length === 0) return 'nobody is left: all data is lost';
  if (target.kind !== 'hermes') return `up: ${up.join(' ')}`;
  const deciding = founders.filter((node) => up.includes(node));
  const need = majorityOf(founders);
  return deciding.length < need
    ? `${up.join(' ')} will refuse everything until ${need} of ${founders.join(' ')} are up again`
    : 'the others go on once a view without it is decided, in about half a second';
}

export async function pauseNodes(cluster: string, words: readonly string[]): Promise<Done> {
  return withNodes(
    cluster,
    words,
    async (holder, node) => {
      const report = await inflict(holder, lastingFault({ kind: 'pause', nodes: [node] }));
      if (!report.bitten) throw new UserError(`${node} could not be stopped: it does not run.`);
      return `${node} is paused`;
    },
    (_, nodes) => [`  go on: hermes cluster resume ${nodes.join(' ')}${nameFlag(cluster)}`],
  );
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
    const { state } = nodeOf(await holder.call('describe', {}), node);
    if (state !== 'down') {
      throw new UserError(
        `${node} runs already.`,
        `To lose what it holds: hermes cluster kill ${node}${nameFlag(cluster)}`,
      );
    }
    await startAgain(holder, node);
    return `${node} runs again${await standing(holder, node, cluster)}`;
  });
}

/** What a restarted node says of itself, after a moment in which it may get to serve. */
async function standing(holder: HolderClient, name: NodeName, cluster: string): Promise<string> {
  const description = await holder.call('describe', {});
  const target = await targetOfSpec(description.target);
  if (target === undefined) return '';
  const node = nodeOf(description, name);
  try {
    await untilAnswers(target, node, AbortSignal.timeout(ANSWER_WITHIN_MS));
  } catch (error) {
    throw new UserError(
      `${name} runs, and did not answer within ${ANSWER_WITHIN_MS / 1000} s.`,
      `${(error as Error).message}. Its log: hermes cluster logs ${name}${nameFlag(cluster)}`,
    );
  }
  const end = performance.now() + SERVE_WITHIN_MS;
  for (;;) {
    const status = await target.status?.(node, AbortSignal.timeout(ANSWER_WITHIN_MS));
    if (status === undefined) return '';
    const { state, incarnation, epoch } = status;
    if (state === 'serving')
      return `, incarnation ${incarnation}: serves in view ${epoch}, with ${plural(status.keys['all'] ?? 0, 'key')}`;
    if (state === 'left')
      return `, incarnation ${incarnation}: it has left; hermes cluster join --node ${name}${nameFlag(cluster)}`;
    if (state === 'lost')
      return `: nobody holds the data any more (LOST); hermes cluster reset${nameFlag(cluster)}`;
    if (performance.now() > end)
      return `, incarnation ${incarnation}; it does not serve yet (${transferText(status) || state}); watch it: hermes cluster status --watch${nameFlag(cluster)}`;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
