/**
 * Properties of which a single observation can be wrong for good: identifiers that were given out before,
 * balances that do not add up. The others are judged at the end.
 */
import type { HistoryEvent, HistoryHeader } from '../../history/event.ts';
import { type Call, NEVER } from '../calls.ts';
import { bank } from '../properties/bank.ts';
import type { FoundViolation, Follows, Left } from './follows.ts';
import { type Plain, plainValue } from './online.ts';

/** Told of every operation that ended well. True: it is wrong; a text: it can follow no further, and why. */
type Watch = (call: Call) => boolean | string;

/** What is watched, by the names of checks. */
const WATCHES: Readonly<
  Record<string, (header: HistoryHeader) => { watch: Watch; size(): number }>
> = {
  bank: watchBank,
  'unique-ids': watchIds,
};

/** Is it watched while the history is recorded? */
export function isWatched(check: string): boolean {
  return Object.hasOwn(WATCHES, check);
}

export class FollowProperty implements Follows {
  readonly #name: string;
  readonly #watched: { watch: Watch; size(): number };
  readonly #open = new Map<number | string, HistoryEvent>();
  readonly left: Left[] = [];
  readonly keys = 0;
  readonly waiting = 0;
  violation: FoundViolation | undefined;

  /** `name`: one that is watched. */
  constructor(name: string, header: HistoryHeader) {
    this.#name = name;
    this.#watched = (WATCHES[name] as (typeof WATCHES)[string])(header);
  }

  get size(): number {
    return this.#watched.size() + this.#open.size;
  }

  take(event: HistoryEvent): void {
    if (event.type === 'invoke') {
      this.#open.set(event.process, event);
      return;
    }
    const invoke = this.#open.get(event.process);
    this.#open.delete(event.process);
    if (invoke === undefined || this.left.length > 0) return;
    const call: Call = { invoke, end: event, call: invoke.index, ret: event.index };
    const wrong = this.#watched.watch(call);
    if (typeof wrong === 'string') this.left.push({ what: this.#name, why: wrong });
    else if (wrong) this.violation ??= { key: invoke.key, invoke };
  }

  finish(): void {}
}

function watchBank(header: HistoryHeader): { watch: Watch; size(): number } {
  let first: Call | undefined;
  return {
    size: () => Number(first !== undefined),
    watch(call) {
      if (call.invoke.f !== 'read' || call.end?.type !== 'ok') return false;
      const { anomalies, unfit } = bank.judge({ header, all: [(first ??= call), call] });
      return unfit ?? anomalies.length > 0;
    },
  };
}

/** Identifiers below the largest that were not given out, of a key. */
const HOLES_MAX = 4096;

function watchIds(): { watch: Watch; size(): number } {
  const keys = new Map<Plain, { largest: number; readonly holes: Set<number> }>();
  return {
    size() {
      let size = 0;
      for (const { holes } of keys.values()) size += 1 + holes.size;
      return size;
    },
    watch({ invoke: { f, key, value }, end, ret }) {
      if (ret === NEVER || f === 'read') return false;
      const adds = f === 'add' && typeof value === 'number' && value > 0;
      if (!adds && f !== 'generate') return `"${f}" gives out no identifier`;
      if (end?.type !== 'ok') return false;
      const id = f === 'add' ? end.result : (end.result ?? end.value);
      if (!Number.isSafeInteger(id)) return 'identifiers are no whole numbers';
      const of = keys.get(plainValue(key ?? null)) ?? { largest: 0, holes: new Set<number>() };
      keys.set(plainValue(key ?? null), of);
      const one = id as number;
      if (one <= of.largest) return one > 0 ? !of.holes.delete(one) : 'identifiers are below one';
      if (one - of.largest + of.holes.size > HOLES_MAX) return 'identifiers lie far apart';
      for (let hole = of.largest + 1; hole < one; hole++) of.holes.add(hole);
      of.largest = one;
      return false;
    },
  };
}
