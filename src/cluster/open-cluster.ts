/**
 * Starts a cluster, step by step, each with its time: holder, network, programs, ready, set-up. When
 * a step fails, or the caller gives up, everything is taken down before the error is told.
 */
import { resolve } from 'node:path';
import { randomInt } from 'node:crypto';
import { UserError } from '../base/user-error.ts';
import type { Capabilities, NodeInfo, RuntimeOptions, Target } from '../system/system.ts';
import { ClusterSystem } from './cluster-system.ts';
import type { HolderConfig } from './holder/holder-config.ts';
import { holderOf, startHolder } from './holder/holder-client.ts';
import { clusterDir, FILES } from './state/state-folder.ts';
import { programsOf } from './targets/programs-of.ts';
import { framesOf, secretOf, specOf } from './targets/target-spec.ts';
import { untilReady } from './until-ready.ts';

/** Limits of the steps, in ms: far above what they take, since a machine may have much else to do. */
const LIMIT = { network: 30_000, start: 30_000, ready: 60_000, setup: 60_000 } as const;
/** How often a start is tried whose program found its port taken. */
const TRIES = 3;

/** What a runtime found out about this machine. */
export interface Ability {
  readonly kind: HolderConfig['runtime'];
  readonly capabilities: Capabilities;
  readonly privilege?: HolderConfig['privilege'];
  readonly iptables?: HolderConfig['iptables'];
  readonly docker?: NonNullable<HolderConfig['docker']>;
}

const WHERE = { process: 'on loopback', netns: 'namespaces', docker: 'containers' } as const;

/** How it is said: by Node itself, our replica, and of an engine. */
const PORT_TAKEN = /EADDRINUSE|port \d+ on \S+ is taken|a port of the cluster is taken/;

/** A port was free when it was chosen and taken when it was used. */
class PortLost extends Error {}

/** Throws a `UserError` that names node and step. */
export async function openCluster(
  ability: Ability,
  target: Target,
  options: RuntimeOptions,
  onPhase: (phase: string) => void,
  signal: AbortSignal,
): Promise<ClusterSystem> {
  if (process.platform === 'win32') {
    throw new UserError(
      'clusters need Linux or macOS.',
      'On Windows use WSL; histories can be checked here: hermes check',
    );
  }
  for (let attempt = 1; ; attempt++) {
    const skipBlocks = attempt === 1 ? 0 : randomInt(1, 40);
    try {
      return await open(
        configOf(ability, target, options, skipBlocks),
        target,
        options,
        onPhase,
        signal,
      );
    } catch (error) {
      if (!(error instanceof PortLost)) throw error;
      if (attempt === TRIES) throw new UserError(error.message);
    }
  }
}

/** A cluster that runs already, as a `System` whose `stop` leaves it running. */
export async function attachCluster(
  name: string,
  target: Target,
  clientTimeoutMs?: number,
): Promise<ClusterSystem> {
  const client = await holderOf(name);
  const { nodes, capabilities } = await client.call('describe', {});
  await client.call('events', {});
  return new ClusterSystem({
    client,
    own: undefined,
    target,
    infos: nodes,
    capabilities,
    clientTimeoutMs,
  });
}

async function open(
  config: HolderConfig,
  target: Target,
  options: RuntimeOptions,
  onPhase: (phase: string) => void,
  signal: AbortSignal,
): Promise<ClusterSystem> {
  const count = options.nodes.length;
  onPhase(`network, ${count} ${WHERE[config.runtime]}`);
  const own = await startHolder(config);
  let system: ClusterSystem | undefined;
  const giveUp = new Promise<never>((_, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  giveUp.catch(() => {});
  try {
    const { client } = own;
    await client.call('events', {});
    const infos = await within(LIMIT.network, 'the network', giveUp, client.call('prepare', {}));
    system = new ClusterSystem({
      client,
      own,
      target,
      infos,
      capabilities: config.capabilities,
      clientTimeoutMs: options.clientTimeoutMs,
    });
    onPhase(`${count} ${count === 1 ? 'replica' : 'replicas'} serving`);
    const died = deaths(system);
    const stop = Promise.race([giveUp, died]);
    stop.catch(() => {});
    const programs = Object.fromEntries(
      infos.map((info) => [info.name, programsOf(target, info, options.nodes)]),
    );
    await within(LIMIT.start, 'starting the programs', stop, client.call('start', { programs }));
    await allReady(target, infos, stop);
    if (target.setup !== undefined) {
      onPhase('set-up');
      const late = AbortSignal.timeout(LIMIT.setup);
      await within(LIMIT.setup, 'the set-up', stop, target.setup(infos, late));
    }
    if (options.detached) await system.keep();
    return system;
  } catch (error) {
    if (system === undefined) {
      await own.client.call('down', {}).catch(() => {});
      own.client.close();
      own.end();
      await own.gone;
    } else await system.stop();
    // An engine says so itself, not the program.
    if (options.basePort === undefined && PORT_TAKEN.test((error as Error).message))
      throw new PortLost((error as Error).message);
    throw error;
  }
}

function configOf(
  ability: Ability,
  target: Target,
  options: RuntimeOptions,
  skipBlocks: number,
): HolderConfig {
  const dir = clusterDir(options.name);
  const secret = secretOf(target);
  return {
    name: options.name,
    dir,
    runtime: ability.kind,
    nodes: options.nodes,
    basePort: options.basePort ?? null,
    skipBlocks,
    links: options.links,
    // The holder works in another folder.
    logDir: resolve(options.logDir ?? FILES.logs(dir)),
    frames: framesOf(target),
    capabilities: ability.capabilities,
    target: specOf(target),
    ...(secret === undefined ? {} : { secret }),
    ...(ability.privilege === undefined ? {} : { privilege: ability.privilege }),
    ...(ability.iptables === undefined ? {} : { iptables: ability.iptables }),
    ...(ability.docker === undefined ? {} : { docker: ability.docker }),
  };
}

/** Rejects when a program ends before the cluster is up. */
function deaths(system: ClusterSystem): Promise<never> {
  return new Promise((_, reject) => {
    system.onEvent((event) => {
      if (event.type === 'gone') reject(new Error([event.text, ...event.log].join('\n  ')));
      if (event.type !== 'exit') return;
      const how = event.signal === null ? `code ${event.code}` : event.signal;
      const said = event.log.join('\n  ');
      const text = `${event.node} ended before it was ready (${how})${said === '' ? '.' : ':'}`;
      reject(PORT_TAKEN.test(said) ? new PortLost(text) : new UserError(text, said));
    });
  });
}

async function allReady(
  target: Target,
  infos: readonly NodeInfo[],
  stop: Promise<never>,
): Promise<void> {
  const late = AbortSignal.timeout(LIMIT.ready);
  const ready = infos.map(async (info) => {
    try {
      await untilReady(target, info, late);
    } catch (error) {
      throw new UserError(
        `${info.name} did not get ready within ${LIMIT.ready / 1000} s.`,
        (error as Error).message,
      );
    }
  });
  await Promise.race([Promise.all(ready), stop]);
}

async function within<T>(
  ms: number,
  step: string,
  stop: Promise<never>,
  work: Promise<T>,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new UserError(`${step} took longer than ${ms / 1000} s.`)), ms);
  });
  try {
    return await Promise.race([work, late, stop]);
  } finally {
    clearTimeout(timer);
  }
}
