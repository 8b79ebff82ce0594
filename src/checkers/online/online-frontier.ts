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
/** Kinds of operations for which there is room beside those that are open. */
const KINDS = 64;
/** Slots for operations that are open, at first. */
const SLOTS = 32;

/** Why it follows no further. */
const TOO_WIDE: Following = { unfit: 'too many orders are possible at one time' };

export class OnlineFrontier<T> implements OnlineOps<T> {
  /** Undefined while it rests: then all that is known is in `#resting`. */
  #search: Search<T> | undefined;
  #resting: readonly Configuration[] = [];
  readonly #words: Vocabulary<T>;
  readonly #limits = { steps: STEPS_MAX, bytes: BYTES_MAX };
  /** Operations that are open, by their slots; an operation's slot is its number in the search. */
  #running: (Followed<T> | undefined)[] = [];
  /** Operations with unknown outcome by kind, in the order of their numbers. */
  readonly #gone: Gone<T>[] = [];
  #exact = true;

  /** `words`: an empty one; `initial`: the state in which the object begins. */
  constructor(words: Vocabulary<T>, initial: unknown) {
    this.#words = words;
    this.#resting = [{ state: initial, uses: [], owing: NO_SLOTS, done: NO_SLOTS }];
  }

  /** Configurations and values that are remembered. */
  get size(): number {
    const { frontier, words } = this.#search ?? {};
    return frontier === undefined || words === undefined
      ? this.#resting.length
      : frontier.now.width + words.size;
  }

  called(it: Followed<T>): Following {
    if (it.ret === NEVER) return this.#lose(it.op);
    let slot = this.#running.indexOf(undefined);
    if (slot === -1) {
      slot = this.#running.length;
      const slots = Math.max(SLOTS, 2 * slot);
      if (slots > OPEN_MAX) return TOO_WIDE;
      this.#renew(slots);
    }
    const kind = this.#kindOf(it.op);
    this.#running[slot] = it;
    const { open, frontier } = this.#awake();
    open.of.kind[slot] = kind;
    open.of.ret[slot] = it.ret;
    frontier.call(slot);
    return 'fine';
  }

  returned(it: Followed<T>): Following {
    const slot = this.#running.indexOf(it);
    const passed = this.#pass(slot, it.ret);
    this.#running[slot] = undefined;
    return passed;
  }

  /** Nothing may be called for a while: keeps no more than it must, if nothing is open. */
  rest(): void {
    if (this.#search === undefined || this.#running.some((it) => it !== undefined)) return;
    this.#resting = this.#packed();
    this.#search = undefined;
    this.#running = [];
  }

  #pass(slot: number, rank: number): Following {
    const { frontier, words } = this.#awake();
    frontier.applyCalls();
    this.#limits.steps = frontier.steps + STEPS_MAX;
    try {
      if (!frontier.pass(slot, rank, Infinity)) return 'violated';
    } catch (error) {
      if (!(error instanceof LimitReached)) throw error;
      return this.#loosen() ? this.#pass(slot, rank) : TOO_WIDE;
    }
    if (frontier.crowded) frontier.thinOut([]);
    if (words.size > STATES_MAX) this.#renew();
    return frontier.now.width <= WIDTH_MAX || this.#loosen() ? 'fine' : TOO_WIDE;
  }

  #lose(op: T): Following {
    if (this.#words.isIdle(op)) return 'fine';
    const kind = this.#kindOf(op);
    let gone = this.#gone.find((known) => known.kind === kind);
    if (gone === undefined) {
      if (this.#gone.length === GONE_MAX) return TOO_WIDE;
      this.#gone.push((gone = { op, kind, count: 0 }));
      this.#renew();
    }
    gone.count++;
    this.#awake().lost.count(this.#gone.indexOf(gone), 1);
    return 'fine';
  }

  /** The number of its kind; makes room where there is none. */
  #kindOf(op: T): number {
    const kind = this.#awake().words.kind(op);
    if (kind !== undefined) return kind;
    this.#renew();
    return this.#awake().words.kind(op) as number;
  }

  /** More than the object allows, and fewer configurations. False: that was done already, or helps nothing. */
  #loosen(): boolean {
    if (!this.#exact || this.#gone.length === 0) return false;
    const { length } = this.#running;
    const known = this.#packed();
    this.#exact = false;
    this.#search = this.#made(known, length);
    return true;
  }

  /** The same search anew, with numbers only for what is still referred to. */
  #renew(slots = this.#running.length): void {
    this.#search = this.#made(this.#packed(), slots);
  }

  #awake(): Search<T> {
    return (this.#search ??= this.#made(this.#resting, Math.max(SLOTS, this.#running.length)));
  }

  /** The configurations, told without numbers of the search. */
  #packed(): readonly Configuration[] {
    if (this.#search === undefined) return this.#resting;
    const { words, lost, frontier, open } = this.#search;
    frontier.applyCalls();
    const { stride } = frontier.now;
    const data = frontier.now.copy();
    const configurations: Configuration[] = [];
    for (let o = 0; o < data.length; o += stride) {
      const used = data[o + USED] as number;
      configurations.push({
        state: words.state(data[o + STATE] as number),
        uses: this.#gone.map((_, c) =>
          lost.multisets === undefined || c >= lost.multisets.kinds
            ? 0
            : lost.multisets.count(used, c),
        ),
        owing: data.slice(o + SETS, o + SETS + open.words),
        done: data.slice(o + SETS + open.words, o + SETS + 2 * open.words),
      });
    }
    return configurations;
  }

  #made(known: readonly Configuration[], slots: number): Search<T> {
    const words = this.#words.renewed(KINDS + 4 * (slots + this.#gone.length));
    const open = openOperations(slots);
    while (this.#running.length < slots) this.#running.push(undefined);
    const multisets =
      this.#exact && this.#gone.length > 0 ? new Multisets(this.#gone.length, 'exact') : undefined;
    const data = known.flatMap(({ state, uses, owing, done }) => {
      let used = 0;
      for (const [c, count] of uses.entries())
        for (let i = multisets === undefined ? 0 : count; i > 0; i--)
          used = (multisets as Multisets).plus(used, c);
      const fields = new Int32Array(SETS + 2 * open.words);
      fields[STATE] = words.number(state);
      fields[USED] = used;
      fields[TRAIL] = -1;
      fields.set(owing, SETS);
      fields.set(done, SETS + open.words);
      return [...fields];
    });
    for (const gone of this.#gone) gone.kind = words.kind(gone.op) as number;
    const kinds = Int32Array.from(this.#gone, ({ kind }) => kind);
    const lost = new LostOperations(kinds, multisets);
    for (const [number, { count }] of this.#gone.entries())
      for (let i = 0; i < count; i++) lost.count(number, 1);
    lost.usable = this.#gone.length > 0;
    for (const [slot, it] of this.#running.entries()) {
      if (it === undefined) continue;
      open.of.kind[slot] = words.kind(it.op) as number;
      open.of.ret[slot] = it.ret;
      open.add(slot);
    }
    const frontier = new Frontier(words.moves, open, lost, this.#limits);
    frontier.restore(Int32Array.from(data));
    return { words, open, lost, frontier };
  }
}

/** What a search is made of. */
interface Search<T> {
  readonly words: Vocabulary<T>;
  readonly open: OpenOperations;
  readonly lost: LostOperations;
  readonly frontier: Frontier;
}

/** One configuration, without numbers of the search: how often each kind of lost operation was used. */
interface Configuration {
  readonly state: unknown;
  readonly uses: readonly number[];
  /** Bits of slots. */
  readonly owing: Int32Array;
  readonly done: Int32Array;
}

interface Gone<T> {
  readonly op: T;
  kind: number;
  count: number;
}

const NO_SLOTS = new Int32Array(0);

function openOperations(slots: number): OpenOperations {
  const of = {
    kind: new Int32Array(slots),
    ret: new Int32Array(slots),
    slot: Int32Array.from({ length: slots }, (_, slot) => slot),
  };
  return new OpenOperations(of, slots);
}
