/**
 * Where running clusters live: a folder each, `STATE/<name>/`, with the holder's control socket, the
 * replicas' client sockets, their data and logs.
 *
 * STATE is `$HERMES_STATE`, or `hermes` in `$XDG_STATE_HOME`, or `~/.local/state/hermes`. A socket's
 * path must stay below 100 bytes; where STATE is too long for that, a short folder of this user under
 * /tmp takes its place.
 */
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { UserError } from '../../base/user-error.ts';

/** Longest path of a socket, in bytes (the kernel's own limit is 104 or 108). */
const MAX_SOCKET_PATH = 99;
const MAX_NAME = 24;
/** Start of the folder that is used where STATE is too long; the user's id follows. */
const SHORT = '/tmp/hermes-';
/** The longest name of a socket in a cluster's folder. */
const LONGEST_SOCKET = '/control.sock';

/** The folder of all clusters of this user. Not created here. */
export function stateRoot(env: NodeJS.ProcessEnv = process.env): string {
  const wanted = resolve(
    env['HERMES_STATE'] ??
      join(env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'hermes'),
  );
  const longest = Buffer.byteLength(wanted) + 1 + MAX_NAME + LONGEST_SOCKET.length;
  if (longest <= MAX_SOCKET_PATH) return wanted;
  const short = createHash('sha256').update(wanted).digest('hex').slice(0, 8);
  return `${SHORT}${userInfo().uid}/${short}`;
}

/** The folder of one cluster. Throws a `UserError` on a name that cannot be a folder's. */
export function clusterDir(name: string, env: NodeJS.ProcessEnv = process.env): string {
  if (!/^[a-z0-9][a-z0-9._-]*$/i.test(name) || name.length > MAX_NAME) {
    throw new UserError(
      `"${name}" cannot be the name of a cluster.`,
      `Use letters, digits, dots, dashes and underscores, at most ${MAX_NAME} of them.`,
    );
  }
  return join(stateRoot(env), name);
}

/** Creates STATE for this user alone. Throws a `UserError` if somebody else owns it. */
export function makeStateRoot(): string {
  const root = stateRoot();
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const uid = process.getuid?.();
  // Under /tmp anybody may have made the folder above first.
  for (const folder of root.startsWith(SHORT) ? [root, dirname(root)] : [root]) {
    if (uid === undefined || lstatSync(folder).uid === uid) continue;
    throw new UserError(
      `${folder} belongs to another user.`,
      'Set HERMES_STATE to a folder of your own.',
    );
  }
  return root;
}

/** Names of all folders in STATE, running clusters and remains alike. */
export function clusterNames(): string[] {
  try {
    return readdirSync(stateRoot(), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  } catch {
    return [];
  }
}

/** Files of a cluster's folder. */
export const FILES = {
  control: (dir: string) => join(dir, 'control.sock'),
  /** The replica's client socket. */
  socket: (dir: string, node: string) => join(dir, `${node}.sock`),
  /** Leads to a program's TCP port where that cannot be reached from here. */
  forward: (dir: string, node: string) => join(dir, `${node}.fwd`),
  data: (dir: string, node: string) => join(dir, 'data', node),
  logs: (dir: string) => join(dir, 'nodes'),
  faults: (dir: string) => join(dir, 'faults.json'),
  holderLog: (dir: string) => join(dir, 'holder.log'),
} as const;
