/** `hermes replay --trace`: what ran on sockets, taken again by fresh machines, step by step. */
import { count, plural } from '../base/figures.ts';
import { loadProtocol } from '../protocols/protocols.ts';
import { type Taken, TakeAgain } from '../trace/take-again.ts';
import { readRun } from './read-run.ts';
import { runTrace } from './read-trace.ts';

export interface TraceReplay extends Taken {
  /** False: a fresh machine does something else. */
  readonly valid: boolean;
  readonly trace: string;
}

/** Throws a `UserError` where there is no trace, or nothing in it that can be taken again. */
export async function replayTrace(run: string | undefined, store: string): Promise<TraceReplay> {
  const { folder } = await readRun(run, store);
  const again = new TakeAgain(loadProtocol);
  for await (const event of await runTrace(folder)) again.take(event);
  const { taken } = again;
  return { valid: taken.deviations.length === 0 && taken.steps > 0, trace: folder.trace, ...taken };
}

/** The end in words. */
export function traceReplayText({ lives, steps, bytes, deviations }: TraceReplay): string {
  if (steps === 0) return '? the trace holds no step of a replica';
  const what = `${plural(lives, 'life', 'lives')} of replicas, ${plural(steps, 'step')}`;
  if (deviations.length === 0)
    return `✔ ${what}: fresh machines, given what was recorded, ask for the same, byte for byte (${count(bytes)} bytes)`;
  return [
    `✘ ${what}: ${plural(deviations.length, 'life', 'lives')} that a fresh machine does not repeat`,
    ...deviations.map(
      ({ node, incarnation, step, at, what: how }) =>
        `  ${node}, incarnation ${incarnation}, step ${count(step)}, ${(at / 1000).toFixed(3)} ms: ${how}`,
    ),
  ].join('\n');
}
