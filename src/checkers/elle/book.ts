/**
 * What was recorded of a few keys, decoded from the columns again: for whoever checks evidence and trusts
 * neither edges nor orders that were inferred.
 */
import type { Value } from '../../base/operation.ts';
import { FAIL, OK, READ, type Txns, UNKNOWN, listOf } from '../../history/packed/txns.ts';

export type Name = number | string;

/** A micro-operation as histories write it; reads of which nothing is known are left out. */
export interface Micro {
  readonly read: boolean;
  readonly key: Name;
  /** Read of a list: the list. */
  readonly value: Value;
}

export interface Recorded {
  /** Event numbers; −1: never completed. */
  readonly invoked: number;
  readonly completed: number;
  readonly end: 'ok' | 'fail' | 'info';
  /** Number of its process. */
  readonly lane: number;
  readonly micros: readonly Micro[];
}

/** Equal values have equal texts. */
export function text(value: Value | undefined): string {
  return JSON.stringify(value ?? null);
}

export class Book {
  readonly kind: Txns['kind'];
  readonly #txns: Txns;
  readonly #known = new Map<number, Recorded>();
  readonly #touching = new Map<Name, Recorded[]>();
  readonly #lists = new Map<Name, readonly (readonly Value[])[]>();
  readonly #longest = new Map<Name, readonly (readonly Value[])[]>();

  /** One pass over the history. */
  constructor(txns: Txns, keys: Iterable<Name>) {
    this.kind = txns.kind;
    this.#txns = txns;
    const wanted = new Set(keys);
    const touching = txns.keyNames.map((name) => (wanted.has(name) ? [] : undefined)) as (
      | Recorded[]
      | undefined
    )[];
    for (let m = 0; m < txns.f.length; m++) {
      const those = touching[txns.key[m] as number];
      const txn = those && this.#txn(txns.of[m] as number);
      if (txn !== undefined && those?.at(-1) !== txn) those?.push(txn);
    }
    for (const [k, those] of touching.entries())
      if (those !== undefined) this.#touching.set(txns.keyNames[k] as Name, those);
  }

  /** The transaction that was invoked with that event. */
  at(event: number): Recorded | undefined {
    const { invoked, n } = this.#txns;
    let [low, high] = [0, n];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((invoked[middle] as number) < event) low = middle + 1;
      else high = middle;
    }
    return low < n && invoked[low] === event ? this.#txn(low) : undefined;
  }

  /** Everybody who did something to the key, in the order of completion. */
  touching(key: Name): readonly Recorded[] {
    return this.#touching.get(key) ?? [];
  }

  /** All reads of a list by committed transactions. */
  lists(key: Name): readonly (readonly Value[])[] {
    let lists = this.#lists.get(key);
    if (lists === undefined) {
      lists = this.touching(key).flatMap((txn) => reads(txn, key).map(elements));
      this.#lists.set(key, lists);
    }
    return lists;
  }

  /** The longest of them: one, unless they contradict each other. */
  longest(key: Name): readonly (readonly Value[])[] {
    const known = this.#longest.get(key);
    if (known !== undefined) return known;
    let longest: (readonly Value[])[] = [];
    for (const list of this.lists(key)) {
      const length = longest[0]?.length ?? -1;
      if (list.length > length) longest = [list];
      else if (list.length === length && !longest.some((each) => begins(list, each)))
        longest.push(list);
    }
    this.#longest.set(key, longest);
    return longest;
  }

  #txn(t: number): Recorded {
    const known = this.#known.get(t);
    if (known !== undefined) return known;
    const { type, invoked, completed, lane, first, end } = this.#txns;
    const micros: Micro[] = [];
    for (let m = first[t] as number; m < (end[t] as number); m++)
      if (this.#txns.v[m] !== UNKNOWN) micros.push(this.#micro(m));
    const txn = {
      invoked: invoked[t] as number,
      completed: completed[t] as number,
      end: type[t] === OK ? 'ok' : type[t] === FAIL ? 'fail' : 'info',
      lane: lane[t] as number,
      micros,
    } as const;
    this.#known.set(t, txn);
    return txn;
  }

  #micro(m: number): Micro {
    const txns = this.#txns;
    const read = txns.f[m] === READ;
    const list = read && txns.kind === 'list-append';
    return {
      read,
      key: txns.keyNames[txns.key[m] as number] as Name,
      value: list
        ? Array.from(listOf(txns, m), (id) => txns.nameOf(id))
        : txns.nameOf(txns.v[m] as number),
    };
  }
}

/** What a committed transaction read of a key, in order. */
export function reads({ end, micros }: Recorded, key: Name): Value[] {
  if (end !== 'ok') return [];
  return micros.filter((each) => each.read && each.key === key).map(({ value }) => value);
}

/** What it wrote or appended to a key, in order. */
export function writes({ micros }: Recorded, key: Name): Value[] {
  return micros.filter((each) => !each.read && each.key === key).map(({ value }) => value);
}

/** Did it write the value to the key? */
export function wrote(txn: Recorded, key: Name, value: Value | undefined): boolean {
  return writes(txn, key).some((each) => text(each) === text(value));
}

/** A read of a list. */
export function elements(value: Value): readonly Value[] {
  return Array.isArray(value) ? (value as readonly Value[]) : [];
}

/** Place of a value in a list, or −1. */
export function placeOf(list: readonly Value[], value: Value | undefined): number {
  return list.findIndex((each) => text(each) === text(value));
}

/** Is it the beginning of a list? */
export function begins(list: readonly Value[], of: readonly Value[]): boolean {
  return list.length <= of.length && list.every((each, i) => text(each) === text(of[i]));
}
