/** One of the checks that go along with a history while it is recorded. */
import type { HistoryEvent } from '../../history/event.ts';

/** The first violation: the operation at whose call or return it could not be denied any more. */
export interface FoundViolation {
  readonly key: number | string | undefined;
  /** Its invocation. */
  readonly invoke: HistoryEvent;
}

/** What is left to the check of the whole, and why. */
export interface Left {
  /** A key, or the name of a check. */
  readonly what: 'key' | (string & {});
  readonly why: string;
}

export interface Follows {
  /** What is remembered: events, values, configurations. */
  readonly size: number;
  /** Events that wait for an operation that is still open. */
  readonly waiting: number;
  readonly keys: number;
  readonly left: readonly Left[];
  readonly violation: FoundViolation | undefined;
  /** The next event of a client. */
  take(event: HistoryEvent): void;
  /** No more will come. */
  finish(): void;
}
