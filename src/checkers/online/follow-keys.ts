/** Linearizability: each key is followed by itself. */
import type { Value } from '../../base/operation.ts';
import type { HistoryEvent } from '../../history/event.ts';
import type { ObjectKind } from '../models/models.ts';
import type { FoundViolation, Follows, Left } from './follows.ts';
import { FollowKey } from './follow-key.ts';
import { type RecordedCall, SettledEvents } from './settled-events.ts';

/** Events after which keys that saw none of them rest, and those that keep too much forget. */
const TIDY_EVERY = 4096;
/** First events that all keys together keep then, so that another checker can begin with them. */
const KEPT_MAX = 8192;

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
  /** Keys of the events since keys were last put to rest, and those before them. */
  #busy = new Set<Key>();
  #before = new Set<Key>();
  #events = 0;
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
    if (++this.#events % TIDY_EVERY === 0) this.#tidy();
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

  #tidy(): void {
    this.#keeping = this.#keeping.filter(({ keeps }) => keeps > 0);
    let kept = this.#keeping.reduce((sum, { keeps }) => sum + keeps, 0);
    for (const oldest of this.#keeping) {
      if (kept <= KEPT_MAX) break;
      kept -= oldest.keeps;
      oldest.forget();
    }
    for (const key of this.#before) if (!this.#busy.has(key)) key.following.rest();
    this.#before = this.#busy;
    this.#busy = new Set();
  }

  #key(name: number | string | undefined): Key {
    let key = this.#keys.get(name);
    if (key === undefined) {
      const following = new FollowKey(this.#kind, this.#initial);
      this.#keys.set(name, (key = { name, following, settled: new SettledEvents(following) }));
      this.#keeping.push(following);
    }
    this.#busy.add(key);
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
