/** Listening, and what goes wrong with it told in words that a user can act on. */
import { chmod, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Server } from 'node:net';
import { UserError } from '../base/user-error.ts';

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** Longest path that every kernel takes for a unix socket. */
const MAX_SOCKET_PATH_BYTES = 100;

/** True for addresses that only this machine reaches. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Listens on TCP. Throws a `UserError` that names the port and whom it was meant for. */
export async function listenOn(server: Server, at: HostPort, whom: string): Promise<void> {
  await listening(server, { host: at.host, port: at.port }).catch(
    (error: NodeJS.ErrnoException) => {
      throw new UserError(
        error.code === 'EADDRINUSE'
          ? `port ${at.port} on ${at.host} is taken, so ${whom} cannot be listened to there`
          : `cannot listen to ${whom} on ${at.host}:${at.port}: ${error.message}`,
        'Stop whoever listens there, or choose another port.',
      );
    },
  );
}

/** Listens on a unix socket that only this user may use; takes the place of one that is dead. */
export async function listenOnSocket(server: Server, path: string): Promise<void> {
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES)
    throw new UserError(
      `the path of the socket is longer than ${MAX_SOCKET_PATH_BYTES} bytes: ${path}`,
      'Choose a shorter folder.',
    );
  if (await answers(path))
    throw new UserError(
      `another process listens on ${path}`,
      'Stop it first, or choose another path.',
    );
  try {
    await rm(path, { force: true });
    await listening(server, { path });
    await chmod(path, 0o600);
  } catch (error) {
    throw new UserError(
      `cannot listen on ${path}: ${(error as Error).message}`,
      'Choose a path in a folder of your own.',
    );
  }
}

function listening(
  server: Server,
  at: { host: string; port: number } | { path: string },
): Promise<void> {
  return new Promise((done, failed) => {
    server.once('error', failed);
    server.listen({ ...at, backlog: 1024 }, () => {
      server.off('error', failed);
      // From here on: an accept that failed, for want of file handles. That client alone hears it.
      server.on('error', () => {});
      done();
    });
  });
}

function answers(path: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => done(false));
  });
}
