/**
 * Waiting for a node: the target is asked again until it says yes.
 */
import type { NodeInfo, Target } from '../system/system.ts';

/** Between two questions, in ms. */
const ASK_EVERY_MS = 5;

/** Resolves when the target calls the node ready. Rejects, with what it said last, when `signal` aborts. */
export async function untilReady(
  target: Target,
  node: NodeInfo,
  signal: AbortSignal,
): Promise<void> {
  let said = 'no answer';
  while (!signal.aborted) {
    try {
      await target.ready(node, signal);
      return;
    } catch (error) {
      if (!signal.aborted) said = (error as Error).message;
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
    }
  }
  throw new Error(`${node.name} is not ready: ${said}`);
}
