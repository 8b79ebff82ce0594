/**
 * Namespaces for a whole cluster, owned by one process: `unshare` starts a program as process 1 of
 * namespaces of its own (network, processes, mounts; without root also users). When that program or
 * `unshare` ends, even by SIGKILL, the kernel ends every process inside and takes the network down
 * with them: nothing can be left behind.
 */
import { closeSync, existsSync, mkdirSync, openSync, realpathSync } from 'node:fs';
import { userInfo } from 'node:os';
import { tool } from './tool.ts';

/** Who makes the namespaces: root, or an ordinary user inside a user namespace of its own. */
export type Privilege = 'root' | 'user-namespace';

/** What this process would use: root where it is root. */
export function ownPrivilege(): Privilege {
  return userInfo().uid === 0 ? 'root' : 'user-namespace';
}

/** The command line that runs `command` as process 1 of fresh namespaces. */
export function unshareCommand(privilege: Privilege, command: readonly string[]): string[] {
  const flags = privilege === 'root' ? '-nmpf' : '-Urnmpf';
  const rest = ['--mount-proc', '--propagation', 'private', '--kill-child=SIGKILL'];
  return ['unshare', flags, ...rest, '--', ...command];
}

/**
 * Inside fresh namespaces: gives `ip netns` and the iptables lock a `/run` of their own, since the
 * machine's belongs to root. `keep` names folders that must stay reachable by their path, if they
 * lie under `/run` (state, logs); those that do not exist are left out. Throws `ToolFailed`.
 */
export async function prepareMounts(keep: readonly string[]): Promise<void> {
  const there = keep.filter((path) => existsSync(path)).map((path) => realpathSync(path));
  const kept = there.filter((path) => path.startsWith('/run/'));
  const open = kept.map((path) => openSync(path, 'r'));
  try {
    await tool(['mount', '-t', 'tmpfs', 'tmpfs', '/run']);
    mkdirSync('/run/netns');
    mkdirSync('/run/lock');
    for (const [at, path] of kept.entries()) {
      mkdirSync(path, { recursive: true });
      // The folder that was there before is reached by its open descriptor.
      const descriptors = [open[at] as number];
      await tool(['mount', '-c', '--rbind', '/proc/self/fd/3', path], { descriptors });
    }
  } finally {
    for (const descriptor of open) closeSync(descriptor);
  }
}
