/**
 * Can this machine run a cluster in network namespaces? Measured, not guessed from versions: a small
 * network is made, cut, healed and taken down again, by the means that a real cluster uses. Takes
 * about 0.3 s. What does not work comes with what was said, and how to mend it.
 */
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ABILITIES, type Ability, type Measured } from './abilities.ts';
import type { IptablesName } from './fault-rules.ts';
import { findTool, tool } from './tool.ts';
import { ownPrivilege, unshareCommand, type Privilege } from './unshare.ts';

/** Something that does not work: why, and what to do about it. One sentence each. */
export interface Trouble {
  readonly why: string;
  readonly mend: string;
}

export interface NetnsProbe {
  /** Who can make the namespaces; null: nobody, and then no ability is there. */
  readonly privilege: Privilege | null;
  /** Whose rules drop packets; null: none. */
  readonly iptables: IptablesName | null;
  readonly abilities: Readonly<Record<Ability, true | Trouble>>;
}

/** What a cluster in namespaces cannot do without. */
export function netnsTrouble(probe: NetnsProbe): Trouble | undefined {
  const { network, drop } = probe.abilities;
  if (network !== true) return network;
  return drop === true ? undefined : drop;
}

/** Measures. Never throws: whatever goes wrong is an answer. */
export async function probeNetns(): Promise<NetnsProbe> {
  const missing = missingPrograms();
  if (missing !== undefined) return nothing(missing);
  const own = ownPrivilege();
  const tries: Privilege[] = own === 'root' ? ['root', 'user-namespace'] : ['user-namespace'];
  let first: Trouble | undefined;
  for (const privilege of tries) {
    const measured = await measure(privilege);
    if ('why' in measured) first ??= measured;
    else return explained(privilege, measured);
  }
  return nothing(first as Trouble);
}

/** The programs that the netns runtime starts, by the Debian package that holds them. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  'util-linux': ['unshare', 'nsenter', 'mount'],
  iproute2: ['ip', 'ss', 'tc'],
  iptables: ['iptables-restore', 'iptables-save'],
};

function missingPrograms(): Trouble | undefined {
  if (process.platform !== 'linux') {
    const why = 'network namespaces exist on Linux only';
    return { why, mend: 'Use --runtime process, whose link proxy needs no privileges.' };
  }
  const lacking = Object.entries(PROGRAMS).filter(([, names]) =>
    names.some((name) => !findTool(name)),
  );
  if (lacking.length === 0) return undefined;
  const names = lacking.flatMap(([, programs]) => programs.filter((name) => !findTool(name)));
  const packages = lacking.map(([name]) => name).join(' ');
  return {
    why: `not installed: ${names.join(', ')}`,
    mend: `Install them, on Debian by: apt-get install ${packages}`,
  };
}

/**
 * Root's own namespaces say nothing of those of other users: whether one without rights could make them.
 * Undefined: yes, or this is no root, whose own `probeNetns` tells. Linux only.
 */
export async function userNamespaceTrouble(): Promise<Trouble | undefined> {
  if (ownPrivilege() !== 'root') return undefined;
  const nobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--'];
  try {
    await tool([...nobody, ...unshareCommand('user-namespace', ['true'])]);
    return undefined;
  } catch (error) {
    return { why: (error as Error).message, mend: mendNamespaces() };
  }
}

/** It takes 0.3 s; on a machine that is emulated or worked to death, many times that. */
const PATIENCE_MS = 40_000;

async function measure(privilege: Privilege): Promise<Measured | Trouble> {
  const entry = fileURLToPath(new URL(`./abilities${extname(import.meta.url)}`, import.meta.url));
  try {
    const command = unshareCommand(privilege, [process.execPath, entry]);
    const said = await tool(command, { timeoutMs: PATIENCE_MS });
    const measured = JSON.parse(said) as Measured;
    const { network } = measured.abilities;
    return network === true ? measured : { why: network, mend: mendNamespaces() };
  } catch (error) {
    return { why: (error as Error).message, mend: mendNamespaces() };
  }
}

/** What usually forbids namespaces, read from the kernel's switches. */
function mendNamespaces(): string {
  const userSwitches: readonly (readonly [string, string, string])[] = [
    ['kernel/unprivileged_userns_clone', '0', '1'],
    ['kernel/apparmor_restrict_unprivileged_userns', '1', '0'],
    ['user/max_user_namespaces', '0', '10000'],
  ];
  for (const [path, bad, good] of userSwitches) {
    if (kernelSwitch(path) === bad)
      return `As root: sysctl ${path.replaceAll('/', '.')}=${good}, or run as root.`;
  }
  return ownPrivilege() === 'root'
    ? 'In a container, start it with --cap-add SYS_ADMIN --cap-add NET_ADMIN --security-opt seccomp=unconfined.'
    : 'Run as root, or let the system allow user namespaces.';
}

function kernelSwitch(path: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${path}`, 'utf8').trim();
  } catch {
    return undefined;
  }
}

const MEND: Readonly<Record<Ability, string>> = {
  network: 'See the namespaces.',
  drop: 'Load the kernel module nf_tables or ip_tables (as root: modprobe nf_tables ip_tables).',
  loss: 'Load the kernel module xt_statistic (as root: modprobe xt_statistic).',
  copies: 'Load the kernel module xt_TEE (as root: modprobe xt_TEE).',
  disconnect:
    'Needs a kernel built with INET_DIAG_DESTROY; the link proxy can cut connections without it.',
  tbf: 'Load the kernel module sch_tbf (as root: modprobe sch_tbf).',
  htb: 'Load the kernel module sch_htb (as root: modprobe sch_htb).',
  netem:
    'Load the kernel module sch_netem (as root: modprobe sch_netem), where the kernel has it. Without it the link proxy delays, and nothing reorders or corrupts packets.',
};

function explained(privilege: Privilege, { iptables, abilities }: Measured): NetnsProbe {
  const each = ABILITIES.map((ability) => {
    const said = abilities[ability];
    return [ability, said === true ? true : { why: said, mend: MEND[ability] }] as const;
  });
  return { privilege, iptables, abilities: Object.fromEntries(each) as NetnsProbe['abilities'] };
}

function nothing(trouble: Trouble): NetnsProbe {
  const each = ABILITIES.map((ability) => [ability, trouble] as const);
  return {
    privilege: null,
    iptables: null,
    abilities: Object.fromEntries(each) as NetnsProbe['abilities'],
  };
}
