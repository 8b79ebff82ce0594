/**
 * Notes in memory: a leader, and a follower that learns of every change a little later. With
 * `fastReads` the follower answers reads, which is faster, and wrong.
 */
import { setTimeout as sleep } from 'node:timers/promises';

export class Notes {
  readonly #leader = new Map<number, number>();
  readonly #follower = new Map<number, number>();
  readonly #fastReads: boolean;

  constructor({ fastReads = false } = {}) {
    this.#fastReads = fastReads;
  }

  /** The version of a note that is kept; null: there is none. */
  async read(note: number): Promise<number | null> {
    await sleep(1);
    return (this.#fastReads ? this.#follower : this.#leader).get(note) ?? null;
  }

  async write(note: number, version: number): Promise<void> {
    await sleep(1);
    this.#keep(note, version);
  }

  /** Writes if the version is still the one that is expected; answers whether it was. */
  async replace(note: number, expected: number, version: number): Promise<boolean> {
    await sleep(1);
    if (this.#leader.get(note) !== expected) return false;
    this.#keep(note, version);
    return true;
  }

  #keep(note: number, version: number): void {
    this.#leader.set(note, version);
    setTimeout(() => this.#follower.set(note, version), 10);
  }
}
