/** Linearizability: each key is followed by itself. */
import type { Value } from '../../base/operation.ts';
import type { HistoryEvent } from '../../history/event.ts';
import type { ObjectKind } from '../models/models.ts';
import type { FoundViolation, Follows, Left } from './follows.ts';
import { FollowKey } from './follow-key.ts';
import { type RecordedCall, SettledEvents } from './settled-events.ts';

/** Keys that keep their first events, so that another checker can begin with them. */
const KEEPING_MAX = 256;

interface Key {
  readonly name: number | string | undefined;
  readonly following: FollowKey;
  readonly settled: SettledEvents;
}

export class FollowKeys implements Follows {
  readonly #kind: ObjectKind;
  readonly #initial: Value;
  readonly #keys = new Map<number | string | undefined, Key>();
  readonly #open = new Map<number | string, { readonly key: Key; readonly call: RecordedCall }>();
  /** In the order in which they were met. */
  #keeping: FollowKey[] = [];
  readonly left: Left[] = [];
  violation: FoundViolation | undefined;

  constructor(kind: ObjectKind, initial: Value) {
    this.#kind = kind;
    this.#initial = initial;
  }

  get keys(): number {
    return this.#keys.size;
  }

  get waiting(): number {
    let waiting = 0;
    for (const { settled } of this.#keys.values()) waiting += settled.waiting;
    return waiting;
  }

  get size(): number {
    let size = this.waiting;
    for (const { following } of this.#keys.values()) size += following.size;
    return size;
  }

  take(event: HistoryEvent): void {
    if (event.type === 'invoke') {
      const key = this.#key(event.key);
      this.#open.set(event.process, { key, call: key.settled.invoke(event) });
      return;
    }
    const running = this.#open.get(event.process);
    if (running === undefined) return;
    this.#open.delete(event.process);
    this.#look(running.key, () => running.key.settled.complete(running.call, event));
  }

  finish(): void {
    for (const key of this.#keys.values()) this.#look(key, () => key.settled.finish());
  }

  #key(name: number | string | undefined): Key {
    let key = this.#keys.get(name);
    if (key === undefined) {
      const following = new FollowKey(this.#kind, this.#initial);
      this.#keys.set(name, (key = { name, following, settled: new SettledEvents(following) }));
      this.#keeping.push(following);
      if (this.#keeping.length > KEEPING_MAX) this.#keeping.shift()?.forget();
    }
    return key;
  }

  #look({ name, following }: Key, step: () => void): void {
    if (following.over) return step();
    step();
    const { left, culprit } = following;
    if (left !== undefined) this.left.push({ what: 'key', why: left });
    if (culprit !== undefined) this.violation ??= { key: name, invoke: culprit.invoke };
  }
}
