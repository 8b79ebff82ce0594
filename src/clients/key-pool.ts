/**
 * Which keys are in use. A run uses `keys` of them at a time, each in a place; a key that had its
 * share of operations, or that has too many operations with an unknown outcome, is retired and a
 * fresh one takes its place.
 */
import type { Random } from '../base/random.ts';
import { zipf } from './zipf.ts';

/** A key with this many open `info` operations is retired: each one widens what a checker must try. */
export const MOST_INFO_PER_KEY = 8;

export interface KeyPoolOptions {
  /** Places: keys in use at one time, from 1. */
  readonly keys: number;
  /** Operations after which a key is retired; 0: never. */
  readonly opsPerKey: number;
  readonly distribution: 'uniform' | { readonly zipf: number };
}

export class KeyPool {
  readonly #options: KeyPoolOptions;
  readonly #places: number[];
  readonly #draw: (random: Random) => number;
  readonly #used = new Map<number, { ops: number; infos: number }>();
  #next: number;

  constructor(options: KeyPoolOptions) {
    this.#options = options;
    this.#places = Array.from({ length: options.keys }, (_, i) => i);
    this.#next = options.keys;
    this.#draw =
      options.distribution === 'uniform'
        ? (random) => random.below(options.keys)
        : zipf(options.keys, options.distribution.zipf);
  }

  /** Every key that was ever used, in order. */
  get used(): readonly number[] {
    return [...this.#used.keys()].sort((a, b) => a - b);
  }

  /** A place, by the distribution. */
  drawPlace(random: Random): number {
    return this.#draw(random);
  }

  /** The key that stands at a place. */
  at(place: number): number {
    return this.#places[place] as number;
  }

  /** An operation on the key was invoked. */
  invoked(key: number): void {
    const count = this.#count(key);
    count.ops += 1;
    if (this.#options.opsPerKey > 0 && count.ops >= this.#options.opsPerKey) this.#retire(key);
  }

  /** An operation on the key ended with an unknown outcome. */
  unknown(key: number): void {
    const count = this.#count(key);
    count.infos += 1;
    if (count.infos >= MOST_INFO_PER_KEY) this.#retire(key);
  }

  #count(key: number): { ops: number; infos: number } {
    let count = this.#used.get(key);
    if (count === undefined) this.#used.set(key, (count = { ops: 0, infos: 0 }));
    return count;
  }

  #retire(key: number): void {
    const place = this.#places.indexOf(key);
    if (place >= 0) this.#places[place] = this.#next++;
  }
}
