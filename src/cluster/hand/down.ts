/**
 * `hermes cluster down`.
 */
import { sweepDead } from '../docker/sweep.ts';
import { stateRoot } from '../state/state-folder.ts';
import { findHolder, holderOf, listClusters, type HolderClient } from '../holder/holder-client.ts';

export interface Stopped {
  readonly name: string;
  /** What could not be removed. */
  readonly left: readonly string[];
}

const WITHIN_MS = 10_000;

/** Stops one cluster, or removes what it left. Throws a `UserError` if there is none of that name. */
export async function downOne(name: string): Promise<Stopped> {
  const holder = await findHolder(name);
  if (holder !== undefined) return down(holder);
  const [swept] = await sweepDead((dead) => dead.name === name);
  return swept ?? down(await holderOf(name));
}

/** Stops every cluster of this user, and removes what dead ones left. */
export async function downAll(): Promise<Stopped[]> {
  const running = await listClusters();
  const stopped = await Promise.all(
    running.map(async ({ name }) => {
      const holder = await findHolder(name);
      return holder === undefined ? { name, left: [] } : down(holder);
    }),
  );
  const root = `${stateRoot()}/`;
  return [...stopped, ...(await sweepDead(({ dir }) => dir.startsWith(root)))];
}

/** Resolves when the holder has ended, and with it all that it held. */
async function down(holder: HolderClient): Promise<Stopped> {
  const late = new Promise<never>((_, reject) => {
    const why = `cluster ${holder.name} is not down after ${WITHIN_MS / 1000} s`;
    setTimeout(() => reject(new Error(why)), WITHIN_MS).unref();
  });
  const { left } = await Promise.race([holder.call('down', {}), late]);
  await Promise.race([holder.closed, late]);
  return { name: holder.name, left };
}
