/**
 * Ctrl-C once: finish cleanly, judge what was recorded, clean up. Twice, or SIGTERM or SIGHUP: clean
 * up now.
 */
import { constants } from 'node:os';

type SignalName = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** The reason of an abort: the program ends with 128 + the signal's number. */
export class EndedBySignal extends Error {
  readonly exitCode: number;
  constructor(signal: SignalName) {
    super(`ended by ${signal}`);
    this.name = 'EndedBySignal';
    this.exitCode = 128 + constants.signals[signal];
  }
}

export interface Signals {
  /** Finish cleanly. */
  readonly interrupt: AbortSignal;
  /** Clean up now. */
  readonly abort: AbortSignal;
  /** Leaves signals to their defaults again. */
  release(): void;
}

/** Listens until `release`; `onInterrupt` is told of the first Ctrl-C. */
export function listenToSignals(onInterrupt: () => void): Signals {
  const interrupt = new AbortController();
  const abort = new AbortController();
  const onInt = (): void => {
    const reason = new EndedBySignal('SIGINT');
    if (interrupt.signal.aborted) return abort.abort(reason);
    interrupt.abort(reason);
    onInterrupt();
  };
  const onTerm = (signal: SignalName): void => abort.abort(new EndedBySignal(signal));
  process.on('SIGINT', onInt).on('SIGTERM', onTerm).on('SIGHUP', onTerm);
  return {
    interrupt: interrupt.signal,
    abort: abort.signal,
    release: () => void process.off('SIGINT', onInt).off('SIGTERM', onTerm).off('SIGHUP', onTerm),
  };
}
