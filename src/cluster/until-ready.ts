/**
 * Waiting for a node: the target is asked again until it says yes.
 */
import type { NodeInfo, Target } from '../system/system.ts';

/** Between two questions, in ms: soon at first, then seldom enough to leave the node its machine. */
const ASK_AGAIN_MS = 5;
const ASK_AT_MOST_MS = 50;

/** Resolves when the target calls the node ready. Rejects, with what it said last, when `signal` aborts. */
export async function untilReady(
  target: Target,
  node: NodeInfo,
  signal: AbortSignal,
): Promise<void> {
  return until(() => target.ready(node, signal), `${node.name} is not ready`, signal);
}

/** Resolves when the node describes itself, whether it serves or not; without such words, when it is ready. */
export async function untilAnswers(
  target: Target,
  node: NodeInfo,
  signal: AbortSignal,
): Promise<void> {
  const ask = (): Promise<unknown> =>
    target.status === undefined ? target.ready(node, signal) : target.status(node, signal);
  return until(ask, `${node.name} does not answer`, signal);
}

async function until(
  ask: () => Promise<unknown>,
  what: string,
  signal: AbortSignal,
): Promise<void> {
  let said = 'no answer';
  let pauseMs = ASK_AGAIN_MS;
  while (!signal.aborted) {
    try {
      await ask();
      return;
    } catch (error) {
      if (!signal.aborted) said = (error as Error).message;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      pauseMs = Math.min(ASK_AT_MOST_MS, pauseMs * 1.2);
    }
  }
  throw new Error(`${what}: ${said}`);
}
