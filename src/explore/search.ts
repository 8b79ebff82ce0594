/**
 * Goes through the states of a space: breadth first, depth first, or at random. A search is advanced in
 * slices, so that whoever runs it can show progress, keep time and stop.
 *
 * States are numbered as they are found; breadth first the numbers are the queue.
 */
import { IntList } from '../base/int-list.ts';
import { type Random, random } from '../base/random.ts';
import type { Violation } from './model.ts';
import type { Space } from './space.ts';
import { TupleTable } from './tuple-table.ts';

export type Order = 'bfs' | 'dfs' | 'random';

export interface Limits {
  /** Distinct states. */
  readonly states?: number;
  /** Steps from the start. Default: none; of a random walk 200. */
  readonly depth?: number;
  /** Bytes of the tables of states. */
  readonly bytes?: number;
  /** Random walks. Default: until another limit is hit. */
  readonly walks?: number;
}

/** Why a search is over. */
export type End =
  | { readonly type: 'complete' }
  | { readonly type: 'violation'; readonly state: number; readonly violation: Violation }
  | { readonly type: 'limit'; readonly limit: keyof Limits };

const WALK_DEPTH = 200;

export class Search {
  readonly space: Space;
  readonly order: Order;
  /** Steps taken, to states known and new. */
  generated = 0;
  /** Longest path so far. */
  depth = 0;
  walks = 0;
  end: End | undefined;
  readonly #states: TupleTable;
  readonly #parents = new IntList(1024);
  /** By state; kept where the order does not give it. */
  readonly #depths: IntList | undefined;
  readonly #limits: Limits;
  readonly #random: Random;
  readonly #state: Uint32Array;
  /** Breadth first: next to expand, and where the next level begins. Depth first: what is left to do. */
  #next = 0;
  #levelEnd = 1;
  readonly #stack = new IntList(1024);
  /** Random walks: steps of this one, and where the next one goes. */
  #walked = 0;
  readonly #chosen: Uint32Array;

  constructor(space: Space, order: Order, limits: Limits = {}, seed = 1) {
    this.space = space;
    this.order = order;
    this.#limits = limits;
    this.#random = random(seed);
    this.#states = new TupleTable(space.width);
    this.#depths = order === 'bfs' ? undefined : new IntList(1024);
    this.#state = new Uint32Array(space.width);
    this.#chosen = new Uint32Array(space.width);
    this.#found(space.canonical(space.initial.slice()), -1, 0);
    this.#stack.push(0);
  }

  /** Distinct states. */
  get distinct(): number {
    return this.#states.count;
  }

  /** Bytes of the tables of states. */
  get bytes(): number {
    const { a } = this.#parents;
    return this.#states.bytes + a.byteLength + (this.#depths?.a.byteLength ?? 0) + this.space.bytes;
  }

  /** Takes some steps more. True: it is over, and `end` says why. */
  advance(expansions: number): boolean {
    for (let i = 0; i < expansions && this.end === undefined; i++) {
      if (this.order === 'bfs') this.#breadth();
      else if (this.order === 'dfs') this.#deep();
      else this.#walk();
    }
    const bytes = this.#limits.bytes;
    if (this.end === undefined && bytes !== undefined && this.bytes > bytes)
      this.end = { type: 'limit', limit: 'bytes' };
    return this.end !== undefined;
  }

  /** State by number. */
  state(id: number): Uint32Array {
    const tuple = new Uint32Array(this.space.width);
    this.#states.read(id, tuple);
    return tuple;
  }

  /** Number of a state; −1: it was not found. */
  find(state: Uint32Array): number {
    return this.#states.find(state);
  }

  /** The states from the start to this one. */
  path(state: number): Uint32Array[] {
    const found: Uint32Array[] = [];
    for (let at = state; at >= 0; at = this.#parents.a[at] as number) {
      found.push(this.state(at));
    }
    return found.reverse();
  }

  #breadth(): void {
    if (this.#next === this.#states.count) {
      this.end ??= this.#hitDepth ? { type: 'limit', limit: 'depth' } : { type: 'complete' };
      return;
    }
    if (this.#next === this.#levelEnd) {
      this.depth++;
      this.#levelEnd = this.#states.count;
    }
    const from = this.#next++;
    this.#expand(from, this.depth);
  }

  #deep(): void {
    if (this.#stack.n === 0) {
      this.end ??= this.#hitDepth ? { type: 'limit', limit: 'depth' } : { type: 'complete' };
      return;
    }
    const from = this.#stack.a[--this.#stack.n] as number;
    const depth = this.#depths!.a[from] as number;
    this.depth = Math.max(this.depth, depth);
    const before = this.#states.count;
    this.#expand(from, depth);
    for (let state = this.#states.count - 1; state >= before; state--) this.#stack.push(state);
  }

  #hitDepth = false;

  #expand(from: number, depth: number): void {
    if (depth >= (this.#limits.depth ?? Infinity)) {
      this.#hitDepth = true;
      return;
    }
    this.#states.read(from, this.#state);
    this.space.expand(this.#state, (next) => {
      this.generated++;
      this.#found(this.space.canonical(next), from, depth + 1);
      return this.end !== undefined;
    });
  }

  /** One random step; a new walk begins where the last one ends. */
  #walk(): void {
    const from = this.#next;
    this.#states.read(from, this.#state);
    let choices = 0;
    if (this.#walked < (this.#limits.depth ?? WALK_DEPTH))
      this.space.expand(this.#state, (next) => {
        // Each of so many is kept with the same chance.
        if (this.#random.below(++choices) === 0) this.#chosen.set(next);
        return false;
      });
    if (choices === 0) {
      this.#next = 0;
      this.#walked = 0;
      if (++this.walks === this.#limits.walks) this.end = { type: 'limit', limit: 'walks' };
      return;
    }
    this.generated++;
    this.depth = Math.max(this.depth, ++this.#walked);
    this.#next = this.#found(this.space.canonical(this.#chosen), from, this.#walked);
  }

  #found(state: Uint32Array, from: number, depth: number): number {
    const at = this.#states.add(state);
    if (!this.#states.added) return at;
    this.#parents.push(from);
    this.#depths?.push(depth);
    const violation = this.space.check(state);
    if (violation !== undefined) this.end = { type: 'violation', state: at, violation };
    else if (this.#states.count > (this.#limits.states ?? Infinity))
      this.end = { type: 'limit', limit: 'states' };
    return at;
  }
}
