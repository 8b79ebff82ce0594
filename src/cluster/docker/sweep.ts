/**
 * Removes what clusters whose holder is dead left on the engine: where even their last line of defence
 * was killed.
 */
import { findTool } from '../netns/tool.ts';
import { engineOf } from './engine.ts';
import { LABEL } from './labels.ts';
import { deadClusters } from './probe.ts';
import { type Found, removeAll } from './remains.ts';

/** What was removed, or could not be. */
export interface Swept {
  readonly name: string;
  readonly left: readonly string[];
}

/** `which`: of all that are dead and were opened from this machine. Never throws. */
export async function sweepDead(which: (cluster: Found) => boolean): Promise<Swept[]> {
  if (findTool('docker') === undefined) return [];
  try {
    const engine = await engineOf(undefined);
    const dead = (await deadClusters(engine)).filter(which);
    return await Promise.all(
      dead.map(async ({ name, id }) => ({
        name,
        left: await removeAll(engine, `${LABEL.id}=${id}`),
      })),
    );
  } catch {
    // No engine answers: nothing of ours runs there.
    return [];
  }
}
