/**
 * The runtimes of real programs: `process` (plain processes on loopback) and `netns` (a network
 * namespace for each).
 */
import { UserError } from '../base/user-error.ts';
import { FAULT_KINDS, type FaultKind } from '../faults/fault.ts';
import type { Capabilities, Runtime, RuntimeOptions, Target } from '../system/system.ts';
import { linkCapabilities, type LinkMeans } from './netns/link-capabilities.ts';
import { netnsTrouble, probeNetns, type NetnsProbe } from './netns/probe.ts';
import { openCluster, type Ability } from './open-cluster.ts';

export const RUNTIME_NAMES = ['process', 'netns'] as const;
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
  probe: async (target) => able(target, 'proxy', await usable()),
  open: async (target, options, onPhase, signal) =>
    openCluster(await netnsAbility(target, options), target, options, onPhase, signal),
};

export const RUNTIMES: Readonly<Record<RuntimeName, Runtime>> = {
  process: processRuntime,
  netns: netnsRuntime,
};

/** What is best here, and why. */
export async function bestRuntime(): Promise<{ runtime: Runtime; why: string }> {
  const probe = await netnsProbe();
  const trouble = netnsTrouble(probe);
  return trouble === undefined
    ? { runtime: netnsRuntime, why: 'network namespaces work here' }
    : { runtime: processRuntime, why: `no network namespaces: ${trouble.why}` };
}

/** The runtime of a name; `auto`: the best one here. Throws a `UserError` on any other name. */
export async function runtimeOf(name: string): Promise<{ runtime: Runtime; why: string }> {
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
    capabilities: able(target, options.links, probe),
    ...(probe.privilege === null ? {} : { privilege: probe.privilege }),
    ...(probe.iptables === null ? {} : { iptables: probe.iptables }),
  };
}

/** What packets cannot suffer where there are none of one node alone. */
const NO_PACKETS: LinkMeans = {
  netem: 'TCP over loopback has no packets of one link alone; --runtime netns has',
  rate: 'loopback is one link for all',
  copies: 'loopback is one link for all',
};

function linkMeans({ abilities }: NetnsProbe): LinkMeans {
  const said = (ability: 'netem' | 'tbf' | 'copies'): true | string => {
    const found = abilities[ability];
    return found === true || found.why;
  };
  return { netem: said('netem'), rate: said('tbf'), copies: said('copies') };
}

/** Every kind of fault: true, or why not. `netns`: what was measured, where that is the runtime. */
function able(
  target: Target,
  links: RuntimeOptions['links'],
  netns: NetnsProbe | undefined,
): Capabilities {
  const proxied: true | string =
    links === 'proxy' || 'the links run without the link proxy (--links direct)';
  const program: true | string =
    target.program !== undefined || 'the programs were not started from here';
  const loss = netns?.abilities.loss;
  const { link, ...linkShapes } = linkCapabilities(
    netns === undefined ? NO_PACKETS : linkMeans(netns),
    proxied,
  );
  const said: Record<FaultKind, true | string> = {
    partition: netns === undefined ? proxied : true,
    pause: program,
    kill: program,
    disconnect: netns?.abilities.disconnect === true ? true : proxied,
    loss:
      loss === undefined
        ? 'TCP over loopback has no packets to lose; --runtime netns has'
        : loss === true || loss.why,
    link,
    messages:
      target.frames === undefined
        ? `${target.name} does not say what its messages look like`
        : proxied,
    clock: 'nothing here sets a clock of one node yet',
    disk: 'nothing here breaks the disk of one node yet',
    member:
      target.members !== undefined || `the members of ${target.name} are fixed from the start`,
  };
  const each = FAULT_KINDS.map((kind) => [kind, target.unable?.[kind] ?? said[kind]] as const);
  return { ...(Object.fromEntries(each) as Record<FaultKind, true | string>), ...linkShapes };
}
