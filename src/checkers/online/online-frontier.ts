/**
 * The frontier search while the operations come. All that it keeps are the configurations after the last
 * return, what is open, and the kinds of operations with unknown outcome: nothing of what is over.
 *
 * Without a view of what comes no value is dead. Exact at first: while no configuration was thrown away
 * its death is a violation. Where that becomes too wide, operations with unknown outcome may be used any
 * number of times (more than the object allows, so that death is still proof); where that is too wide
 * as well it follows no further.
 */
import { NEVER } from '../calls.ts';
import { SETS, STATE, TRAIL, USED } from '../linearizability/frontier/antichain.ts';
import { Frontier } from '../linearizability/frontier/frontier.ts';
import { LimitReached } from '../linearizability/frontier/limits.ts';
import { LostOperations } from '../linearizability/frontier/lost-operations.ts';
import { Multisets } from '../linearizability/frontier/multisets.ts';
import { OpenOperations } from '../linearizability/frontier/open-operations.ts';
import type { Following } from './online.ts';
import type { Followed, OnlineOps } from './register-calls.ts';
import type { Vocabulary } from './vocabulary.ts';

/** Configurations looked at for one return, so that whoever records is never held up for long. */
const STEPS_MAX = 4000;
/** Configurations kept after a return. */
const WIDTH_MAX = 256;
/** Kinds of operations with unknown outcome. */
const GONE_MAX = 256;
/** Operations that are open at once. */
const OPEN_MAX = 1024;
/** States that have a number. */
const STATES_MAX = 4096;
const BYTES_MAX = 1 << 26;
/** Kinds of operations for which there is room at first. */
export const KINDS = 64;

/** Why it follows no further. */
const TOO_WIDE: Following = { unfit: 'too many orders are possible at one time' };

export class OnlineFrontier<T> implements OnlineOps<T> {
  #words: Vocabulary<T>;
  #open = openOperations(32);
  #lost = new LostOperations(new Int32Array(0), undefined);
  #frontier: Frontier;
  readonly #limits = { steps: STEPS_MAX, bytes: BYTES_MAX };
  /** Operations that are open, by their slots; an operation's slot is its number in the search. */
  #running: (Followed<T> | undefined)[] = Array.from({ length: 32 });
  /** Operations with unknown outcome by kind, in the order of their numbers. */
  readonly #gone: Gone<T>[] = [];
  #exact = true;

  /** The state that was given its number first is the initial one; there is room for `KINDS` kinds. */
  constructor(words: Vocabulary<T>) {
    this.#words = words;
    this.#frontier = new Frontier(words.moves, this.#open, this.#lost, this.#limits);
  }

  /** Configurations and values that are remembered. */
  get size(): number {
    return this.#frontier.now.width + this.#words.size;
  }

  called(it: Followed<T>): Following {
    if (it.ret === NEVER) return this.#lose(it.op);
    let slot = this.#running.indexOf(undefined);
    if (slot === -1) {
      slot = this.#running.length;
      if (2 * slot > OPEN_MAX) return TOO_WIDE;
      this.#rebuild(this.#words.moves.kinds, 2 * slot);
    }
    const kind = this.#kindOf(it.op);
    this.#running[slot] = it;
    const { of } = this.#open;
    of.kind[slot] = kind;
    of.ret[slot] = it.ret;
    this.#frontier.call(slot);
    return 'fine';
  }

  returned(it: Followed<T>): Following {
    const slot = this.#running.indexOf(it);
    const passed = this.#pass(slot, it.ret);
    this.#running[slot] = undefined;
    return passed;
  }

  #pass(slot: number, rank: number): Following {
    const frontier = this.#frontier;
    frontier.applyCalls();
    this.#limits.steps = frontier.steps + STEPS_MAX;
    try {
      if (!frontier.pass(slot, rank, Infinity)) return 'violated';
    } catch (error) {
      if (!(error instanceof LimitReached)) throw error;
      return this.#loosen() ? this.#pass(slot, rank) : TOO_WIDE;
    }
    if (frontier.crowded) frontier.thinOut([]);
    if (this.#words.size > STATES_MAX) this.#renew();
    return this.#frontier.now.width <= WIDTH_MAX || this.#loosen() ? 'fine' : TOO_WIDE;
  }

  #lose(op: T): Following {
    if (this.#words.isIdle(op)) return 'fine';
    const kind = this.#kindOf(op);
    let number = this.#gone.findIndex((known) => known.kind === kind);
    if (number === -1) {
      if (this.#gone.length === GONE_MAX) return TOO_WIDE;
      number = this.#gone.push({ op, kind, count: 0 }) - 1;
      this.#rebuild(this.#words.moves.kinds, this.#running.length);
    }
    (this.#gone[number] as Gone<T>).count++;
    this.#lost.count(number, 1);
    return 'fine';
  }

  /** The number of its kind; makes room where there is none. */
  #kindOf(op: T): number {
    const kind = this.#words.kind(op);
    if (kind !== undefined) return kind;
    this.#renew();
    return this.#words.kind(op) as number;
  }

  #renew(): void {
    this.#rebuild(KINDS + 4 * (this.#running.length + this.#gone.length), this.#running.length);
  }

  /** More than the object allows, and fewer configurations. False: that was done already, or helps nothing. */
  #loosen(): boolean {
    if (!this.#exact || this.#gone.length === 0) return false;
    this.#exact = false;
    this.#rebuild(this.#words.moves.kinds, this.#running.length);
    return true;
  }

  /** The same search anew, with numbers only for what is still referred to. */
  #rebuild(kinds: number, slots: number): void {
    const old = this.#frontier;
    old.applyCalls();
    const known = this.#words;
    const { list, count, of, words } = this.#open;
    const fresh = (this.#words = known.renewed(kinds));
    const open = (this.#open = openOperations(slots));
    const multisets =
      this.#exact && this.#gone.length > 0 ? new Multisets(this.#gone.length, 'exact') : undefined;
    const used = usesIn(this.#lost.multisets, multisets);
    const states = configurationsOf(old, words, open.words, (state, uses) => [
      fresh.number(known.state(state)),
      used(uses),
    ]);
    for (const gone of this.#gone) gone.kind = fresh.kind(gone.op) as number;
    for (let i = 0; i < count; i++) {
      const slot = list[i] as number;
      open.of.kind[slot] = fresh.kind((this.#running[slot] as Followed<T>).op) as number;
      open.of.ret[slot] = of.ret[slot] as number;
      open.add(slot);
    }
    while (this.#running.length < slots) this.#running.push(undefined);
    this.#lost = new LostOperations(
      Int32Array.from(this.#gone, (g) => g.kind),
      multisets,
    );
    for (const [number, gone] of this.#gone.entries())
      for (let i = 0; i < gone.count; i++) this.#lost.count(number, 1);
    this.#lost.usable = this.#gone.length > 0;
    this.#frontier = new Frontier(fresh.moves, open, this.#lost, this.#limits);
    this.#frontier.restore(states);
  }
}

interface Gone<T> {
  readonly op: T;
  kind: number;
  count: number;
}

function openOperations(slots: number): OpenOperations {
  const of = {
    kind: new Int32Array(slots),
    ret: new Int32Array(slots),
    slot: Int32Array.from({ length: slots }, (_, slot) => slot),
  };
  return new OpenOperations(of, slots);
}

/** From a multiset of the old ones to the same among the new ones. */
function usesIn(old: Multisets | undefined, fresh: Multisets | undefined): (id: number) => number {
  return (id) => {
    if (old === undefined || fresh === undefined) return 0;
    let uses = 0;
    for (let c = 0; c < old.kinds; c++)
      for (let i = old.count(id, c); i > 0; i--) uses = fresh.plus(uses, c);
    return uses;
  };
}

/** Configurations with other numbers, and room for more words in their sets. */
function configurationsOf(
  frontier: Frontier,
  words: number,
  wider: number,
  renumber: (state: number, used: number) => readonly [number, number],
): Int32Array {
  const { stride } = frontier.now;
  const old = frontier.now.copy();
  const fresh = new Int32Array((old.length / stride) * (SETS + 2 * wider));
  for (let o = 0, to = 0; o < old.length; o += stride, to += SETS + 2 * wider) {
    const [state, used] = renumber(old[o + STATE] as number, old[o + USED] as number);
    fresh[to + STATE] = state;
    fresh[to + USED] = used;
    fresh[to + TRAIL] = -1;
    for (let w = 0; w < words; w++) {
      fresh[to + SETS + w] = old[o + SETS + w] as number;
      fresh[to + SETS + wider + w] = old[o + SETS + words + w] as number;
    }
  }
  return fresh;
}
