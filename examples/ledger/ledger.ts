/**
 * A ledger: lists of entries, appended and read in transactions. Each works on a snapshot, and is
 * refused if somebody else has appended to a list that it appends to. That is snapshot isolation, and
 * not enough: what a transaction only read may have changed meanwhile. With `watchReads` it may not.
 */
import { setTimeout as sleep } from 'node:timers/promises';

export type Step =
  | readonly [f: 'append', list: number, entry: number]
  | readonly [f: 'r', list: number, entries: readonly number[] | null];

export class Ledger {
  readonly #lists = new Map<number, readonly number[]>();
  readonly #watchReads: boolean;

  constructor({ watchReads = true } = {}) {
    this.#watchReads = watchReads;
  }

  /** The steps with what was read; undefined: refused, nothing happened. */
  async transact(steps: readonly Step[]): Promise<readonly Step[] | undefined> {
    const snapshot = new Map(this.#lists);
    const own = new Map(this.#lists);
    const watched = new Set<number>();
    const done: Step[] = [];
    for (const step of steps) {
      const [f, list, entry] = step;
      const entries = own.get(list) ?? [];
      if (f === 'append' || this.#watchReads) watched.add(list);
      if (f === 'append') own.set(list, [...entries, entry]);
      done.push(f === 'append' ? step : ['r', list, entries]);
      await sleep(1);
    }
    if ([...watched].some((list) => this.#lists.get(list) !== snapshot.get(list))) return undefined;
    for (const [f, list] of steps) if (f === 'append') this.#lists.set(list, own.get(list) ?? []);
    return done;
  }
}
