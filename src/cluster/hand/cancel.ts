/**
 * Ctrl-C while something is being set up: what was begun is taken down first, then the process dies by
 * the signal that it got. A second one does not wait.
 */
import { UserError } from '../../base/user-error.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Cancel {
  readonly signal: AbortSignal;
  /** Which signal came; undefined: none. */
  readonly by: NodeJS.Signals | undefined;
  /** Gives the signals back. */
  release(): void;
}

/** From now on signals abort instead of ending the process. */
export function cancelOnSignals(): Cancel {
  const abort = new AbortController();
  let by: NodeJS.Signals | undefined;
  const release = (): void => {
    for (const signal of SIGNALS) process.off(signal, stop);
  };
  const stop = (signal: NodeJS.Signals): void => {
    by = signal;
    // Not at once: libraries that restore the terminal end the process themselves as soon as they find
    // that nobody else listens.
    setImmediate(release);
    abort.abort(new UserError(`stopped by ${signal}.`));
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  return {
    signal: abort.signal,
    get by() {
      return by;
    },
    release,
  };
}

/** Rethrows what was thrown, unless a signal was the cause: then the process ends by that signal. */
export async function endBySignal(cancel: Cancel, error: unknown): Promise<never> {
  if (cancel.by === undefined) throw error;
  process.stderr.write(`${(cancel.signal.reason as Error).message}\n`);
  cancel.release();
  process.kill(process.pid, cancel.by);
  // Its delivery takes a turn of the event loop.
  return new Promise(() => setTimeout(() => {}, 1_000));
}
