/**
 * Is there still an order? Asked while a history is recorded: follows the registers of all keys, in memory
 * that grows with what is open and with what the keys hold, not with the history.
 *
 * It finds violations, it does not say `valid`: keys that hold something else, or become too wide, are
 * left to the check of the whole, which also explains what is found here. What it calls a violation is
 * one of every history that begins like this.
 */
import type { Value } from '../../../base/operation.ts';
import type { HistoryEvent, HistoryHeader } from '../../../history/event.ts';
import { isModelName, isRegister } from '../../models/models.ts';
import { FollowKey } from './follow-key.ts';
import { type RecordedCall, SettledEvents } from './settled-events.ts';

/** The first violation: the operation at whose call or return no order was left. */
export interface FoundViolation {
  readonly key: number | string | undefined;
  /** Index of its invocation. */
  readonly event: number;
}

export interface FollowProgress {
  /** Events that were judged, and those that wait for an operation that is still open. */
  readonly judged: number;
  readonly waiting: number;
  /** Keys that are followed, and those that are left to the check of the whole. */
  readonly keys: number;
  readonly left: number;
}

/** Is there anything to follow: is linearizability what is asked of it, and are its keys registers? */
export function isFollowed({ checks, model }: HistoryHeader): boolean {
  if (Array.isArray(checks) && !checks.includes('linearizable')) return false;
  return model === undefined || (isModelName(model) && isRegister(model));
}

interface Key {
  readonly name: number | string | undefined;
  readonly following: FollowKey;
  readonly settled: SettledEvents;
}

export class Follower {
  readonly #initial: Value;
  readonly #keys = new Map<number | string | undefined, Key>();
  readonly #open = new Map<number | string, { readonly key: Key; readonly call: RecordedCall }>();
  #events = 0;
  violation: FoundViolation | undefined;

  /** `initial`: value of every key. */
  constructor(initial: Value = null) {
    this.#initial = initial;
  }

  /** The next event. Those that make no history are passed over. */
  take(event: HistoryEvent): void {
    this.#events++;
    if (event.type === 'invoke') {
      const key = this.#key(event.key);
      this.#open.set(event.process, { key, call: key.settled.invoke(event) });
      return;
    }
    const running = this.#open.get(event.process);
    if (running === undefined) return;
    this.#open.delete(event.process);
    running.key.settled.complete(running.call, event);
    this.#look(running.key);
  }

  /** No more will come. */
  finish(): void {
    for (const key of this.#keys.values()) {
      key.settled.finish();
      this.#look(key);
    }
  }

  get progress(): FollowProgress {
    let [waiting, left] = [0, 0];
    for (const { following, settled } of this.#keys.values()) {
      waiting += settled.waiting;
      if (following.state === 'unfit') left++;
    }
    return { judged: this.#events - waiting, waiting, keys: this.#keys.size - left, left };
  }

  /** What is remembered, in values, configurations and events. */
  get size(): number {
    let size = 0;
    for (const { following, settled } of this.#keys.values())
      size += following.size + settled.waiting;
    return size;
  }

  #key(name: number | string | undefined): Key {
    let key = this.#keys.get(name);
    if (key === undefined) {
      const following = new FollowKey(this.#initial);
      this.#keys.set(name, (key = { name, following, settled: new SettledEvents(following) }));
    }
    return key;
  }

  #look({ name, following: { state, culprit } }: Key): void {
    if (state !== 'violated' || this.violation !== undefined) return;
    this.violation = { key: name, event: culprit?.invoke.index ?? 0 };
  }
}
