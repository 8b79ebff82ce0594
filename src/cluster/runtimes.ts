/**
 * The runtimes of real programs: `process` (plain processes on loopback), `netns` (a network namespace
 * for each) and `docker` (a container for each).
 */
import { UserError } from '../base/user-error.ts';
import { FAULT_KINDS, type FaultKind } from '../faults/fault.ts';
import type { Capabilities, Runtime, RuntimeOptions, Target } from '../system/system.ts';
import { linkCapabilities, type LinkMeans } from './netns/link-capabilities.ts';
import { netnsTrouble, probeNetns, type NetnsProbe } from './netns/probe.ts';
import { openCluster, type Ability } from './open-cluster.ts';
import { type DockerSettings, limitsOf, refuseSettings } from './docker/docker-settings.ts';
import { engineOf } from './docker/engine.ts';
import { ensureImage } from './docker/image/program-image.ts';
import type { PacketMeans } from './docker/inside/measure.ts';
import { knownPacketMeans, measurePacketMeans } from './docker/packet-means.ts';
import { FRAME_FORMAT } from '../wire/frames.ts';

export const RUNTIME_NAMES = ['process', 'netns', 'docker'] as const;
export type RuntimeName = (typeof RUNTIME_NAMES)[number];

/** Plain processes on loopback; needs nothing. */
export const processRuntime: Runtime = {
  name: 'process',
  probe: async (target) => able(target, 'proxy', undefined),
  open: async (target, options, onPhase, signal) => {
    const ability: Ability = {
      kind: 'process',
      capabilities: able(target, options.links, undefined),
    };
    return openCluster(ability, target, options, onPhase, signal);
  },
};

/** A network namespace for each program; Linux, as root or where users may make namespaces. */
export const netnsRuntime: Runtime = {
  name: 'netns',
  probe: async (target) => able(target, 'proxy', packetsOf(await usable())),
  open: async (target, options, onPhase, signal) =>
    openCluster(await netnsAbility(target, options), target, options, onPhase, signal),
};

/** A container for each program, on whichever engine the settings choose. Needs a Docker engine. */
export function dockerRuntime(settings: DockerSettings = {}): Runtime {
  return {
    name: 'docker',
    probe: async (target) =>
      (await dockerAbility(target, 'proxy', settings, sayOnStderr)).capabilities,
    open: async (target, options, onPhase, signal) => {
      const ability = await dockerAbility(target, options.links, settings, onPhase);
      return openCluster(ability, target, options, onPhase, signal);
    },
  };
}

export const RUNTIMES: Readonly<Record<RuntimeName, Runtime>> = {
  process: processRuntime,
  netns: netnsRuntime,
  docker: dockerRuntime(),
};

/** What is best here, and why. */
export async function bestRuntime(): Promise<{ runtime: Runtime; why: string }> {
  const probe = await netnsProbe();
  const trouble = netnsTrouble(probe);
  return trouble === undefined
    ? { runtime: netnsRuntime, why: 'network namespaces work here' }
    : { runtime: processRuntime, why: `no network namespaces: ${trouble.why}` };
}

/**
 * The runtime of a name; `auto`: the best one here. Throws a `UserError` on any other name, and on
 * settings of containers for a runtime that has none.
 */
export async function runtimeOf(
  name: string,
  settings: DockerSettings = {},
): Promise<{ runtime: Runtime; why: string }> {
  if (name === 'docker') return { runtime: dockerRuntime(settings), why: 'as asked' };
  refuseSettings(settings, name);
  if (name === 'auto') return bestRuntime();
  const known = RUNTIME_NAMES.find((each) => each === name);
  if (known !== undefined) return { runtime: RUNTIMES[known], why: 'as asked' };
  throw new UserError(
    `there is no runtime "${name}".`,
    `Choose one of: auto, ${RUNTIME_NAMES.join(', ')}.`,
  );
}

let probed: Promise<NetnsProbe> | undefined;

/** Measured once in the life of this process. */
function netnsProbe(): Promise<NetnsProbe> {
  probed ??= probeNetns();
  return probed;
}

async function usable(): Promise<NetnsProbe> {
  const probe = await netnsProbe();
  const trouble = netnsTrouble(probe);
  if (trouble === undefined) return probe;
  throw new UserError(
    `network namespaces cannot be used here: ${trouble.why}.`,
    `${trouble.mend} Or use --runtime process, which needs no privileges.`,
  );
}

async function netnsAbility(target: Target, options: RuntimeOptions): Promise<Ability> {
  const probe = await usable();
  return {
    kind: 'netns',
    capabilities: able(target, options.links, packetsOf(probe)),
    ...(probe.privilege === null ? {} : { privilege: probe.privilege }),
    ...(probe.iptables === null ? {} : { iptables: probe.iptables }),
  };
}

/** Which engine, an image on it, and what it can do. Builds the image if it must. */
async function dockerAbility(
  target: Target,
  links: RuntimeOptions['links'],
  settings: DockerSettings,
  onStep: (text: string) => void,
): Promise<Ability> {
  const limits = limitsOf(settings);
  const engine = await engineOf(settings.dockerHost);
  const [{ tag, source }, known] = await Promise.all([
    ensureImage(engine, onStep),
    knownPacketMeans(engine),
  ]);
  const means = known ?? (await measurePacketMeans(engine, tag, onStep));
  if (means.drop !== true) {
    throw new UserError(
      `the engine's kernel drops no packets for a container: ${means.drop}.`,
      'On its host, as root: modprobe nf_tables ip_tables. Or use --runtime process.',
    );
  }
  return {
    kind: 'docker',
    capabilities: { ...able(target, links, means), ...foreignFrames(target) },
    docker: { engine: engine.address, image: tag, source, ...limits },
  };
}

/** The hub, in its container, reads no file of the user's. */
function foreignFrames({ frames }: Target): { messages?: string } {
  if (frames === undefined || frames === FRAME_FORMAT) return {};
  return {
    messages: "in containers the link proxy knows the messages of hermes's own replicas only",
  };
}

function sayOnStderr(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** What was tried of faults on packets: true, or why not. */
type Packets = LinkMeans & Pick<PacketMeans, 'loss' | 'disconnect'>;

/** What packets cannot suffer where there are none of one node alone. */
const NO_PACKETS: LinkMeans = {
  netem: 'TCP over loopback has no packets of one link alone; --runtime netns has',
  rate: 'loopback is one link for all',
  copies: 'loopback is one link for all',
};

/** What was measured in namespaces. */
function packetsOf({ abilities }: NetnsProbe): Packets {
  const said = (ability: keyof NetnsProbe['abilities']): true | string => {
    const found = abilities[ability];
    return found === true || found.why;
  };
  return {
    loss: said('loss'),
    disconnect: said('disconnect'),
    netem: said('netem'),
    rate: said('tbf'),
    copies: said('copies'),
  };
}

/** Every kind of fault: true, or why not. `packets`: what was measured, where nodes have any of their own. */
function able(
  target: Target,
  links: RuntimeOptions['links'],
  packets: Packets | undefined,
): Capabilities {
  const proxied: true | string =
    links === 'proxy' || 'the links run without the link proxy (--links direct)';
  const program: true | string =
    target.program !== undefined || 'the programs were not started from here';
  const faultPoints: true | string =
    target.faults !== undefined || `the program of ${target.name} has no fault points`;
  const { link, ...linkShapes } = linkCapabilities(packets ?? NO_PACKETS, proxied);
  const said: Record<FaultKind, true | string> = {
    partition: packets === undefined ? proxied : true,
    pause: program,
    kill: program,
    disconnect: packets?.disconnect === true ? true : proxied,
    loss: packets?.loss ?? 'TCP over loopback has no packets to lose; --runtime netns has',
    link,
    messages:
      target.frames === undefined
        ? `${target.name} does not say what its messages look like`
        : proxied,
    clock: faultPoints,
    disk: faultPoints,
    member:
      target.members !== undefined || `the members of ${target.name} are fixed from the start`,
  };
  const each = FAULT_KINDS.map((kind) => [kind, target.unable?.[kind] ?? said[kind]] as const);
  return {
    ...(Object.fromEntries(each) as Record<FaultKind, true | string>),
    ...linkShapes,
    ...(target.leader === undefined && { 'partition:leader': `no node of ${target.name} leads` }),
  };
}
