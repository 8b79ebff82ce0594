/**
 * Joins a connection to the first of several destinations that accepts it. Bytes pass untouched.
 */
import { connect, type NetConnectOpts, type Socket } from 'node:net';

/** Ends `near` if no destination accepts. */
export function forward(near: Socket, destinations: readonly NetConnectOpts[]): void {
  near.on('error', () => near.destroy());
  near.pause();
  attempt(near, destinations, 0);
}

function attempt(near: Socket, destinations: readonly NetConnectOpts[], at: number): void {
  const destination = destinations[at];
  if (destination === undefined || near.destroyed) {
    near.destroy();
    return;
  }
  const far = connect(destination);
  const next = (): void => attempt(near, destinations, at + 1);
  far.once('error', next);
  far.once('connect', () => {
    far.off('error', next);
    far.on('error', () => near.destroy());
    far.on('close', () => near.destroySoon());
    near.on('close', () => far.destroySoon());
    near.pipe(far);
    far.pipe(near);
  });
}
