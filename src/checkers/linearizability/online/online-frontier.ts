/**
 * The frontier search while the operations come. All that it keeps are the configurations after the last
 * return, what is open, and the kinds of operations with unknown outcome: nothing of what is over.
 *
 * Without a view of what comes no value is dead. Exact at first: while no configuration was thrown away
 * its death is a violation. Where that becomes too wide, operations with unknown outcome may be used any
 * number of times (more than a register allows, so that death is still proof); where that is too wide
 * as well it follows no further.
 */
import { NEVER } from '../../calls.ts';
import type { RegisterOp } from '../../columns.ts';
import { SETS, STATE, TRAIL, USED } from '../frontier/antichain.ts';
import { Frontier, LimitReached } from '../frontier/frontier.ts';
import { LostOperations } from '../frontier/lost-operations.ts';
import { Multisets } from '../frontier/multisets.ts';
import { OpenOperations } from '../frontier/open-operations.ts';
import { type Followed, type Following, type Online, plainValue } from './online.ts';
import { OnlineRegister } from './online-register.ts';

/** Configurations looked at for one return, so that whoever records is never held up for long. */
const STEPS_MAX = 4000;
/** Configurations kept after a return. */
const WIDTH_MAX = 256;
/** Kinds of operations with unknown outcome. */
const GONE_MAX = 256;
/** Operations that are open at once. */
const OPEN_MAX = 1024;
const BYTES_MAX = 1 << 26;
/** Kinds of operations for which there is room at first. */
const KINDS = 64;

export class OnlineFrontier implements Online {
  #register = new OnlineRegister(KINDS);
  #open = openOperations(32);
  #lost = new LostOperations(new Int32Array(0), undefined);
  #frontier: Frontier;
  readonly #limits = { steps: STEPS_MAX, bytes: BYTES_MAX };
  /** Operations that are open, by their slots; an operation's slot is its number in the search. */
  #running: (Followed | undefined)[] = Array.from({ length: 32 });
  /** Operations with unknown outcome by kind, in the order of their numbers. */
  readonly #gone: Gone[] = [];
  #exact = true;

  constructor(initial: RegisterOp['a']) {
    this.#register.value(plainValue(initial));
    this.#frontier = new Frontier(this.#register.moves, this.#open, this.#lost, this.#limits);
  }

  /** Configurations and values that are remembered. */
  get size(): number {
    return this.#frontier.now.width + this.#register.named().length;
  }

  called(it: Followed): Following {
    if (it.ret === NEVER) return this.#lose(it.op);
    let slot = this.#running.indexOf(undefined);
    if (slot === -1) {
      slot = this.#running.length;
      if (2 * slot > OPEN_MAX) return 'unfit';
      this.#rebuild(this.#register.moves.kinds, 2 * slot);
    }
    const kind = this.#kindOf(it.op);
    this.#running[slot] = it;
    const { of } = this.#open;
    of.kind[slot] = kind;
    of.ret[slot] = it.ret;
    this.#frontier.call(slot);
    return 'fine';
  }

  returned(it: Followed): Following {
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
      return this.#loosen() ? this.#pass(slot, rank) : 'unfit';
    }
    if (frontier.crowded) frontier.thinOut([]);
    return frontier.now.width <= WIDTH_MAX || this.#loosen() ? 'fine' : 'unfit';
  }

  #lose(op: RegisterOp): Following {
    const kind = this.#kindOf(op);
    let number = this.#gone.findIndex((known) => known.kind === kind);
    if (number === -1) {
      if (this.#gone.length === GONE_MAX) return 'unfit';
      number = this.#gone.push({ op, kind, count: 0 }) - 1;
      this.#rebuild(this.#register.moves.kinds, this.#running.length);
    }
    (this.#gone[number] as Gone).count++;
    this.#lost.count(number, 1);
    return 'fine';
  }

  /** The number of its kind; makes room where there is none. */
  #kindOf(op: RegisterOp): number {
    const kind = this.#register.kind(op);
    if (kind !== undefined) return kind;
    this.#rebuild(KINDS + 4 * (this.#running.length + this.#gone.length), this.#running.length);
    return this.#register.kind(op) as number;
  }

  /** More than a register allows, and fewer configurations. False: that was done already, or helps nothing. */
  #loosen(): boolean {
    if (!this.#exact || this.#gone.length === 0) return false;
    this.#exact = false;
    this.#rebuild(this.#register.moves.kinds, this.#running.length);
    return true;
  }

  /** The same search anew, with numbers only for what is still referred to. */
  #rebuild(kinds: number, slots: number): void {
    const old = this.#frontier;
    old.applyCalls();
    const values = this.#register.named();
    const { list, count, of, words } = this.#open;
    const register = (this.#register = new OnlineRegister(kinds));
    const open = (this.#open = openOperations(slots));
    const multisets =
      this.#exact && this.#gone.length > 0 ? new Multisets(this.#gone.length, 'exact') : undefined;
    const used = usesIn(this.#lost.multisets, multisets);
    const states = configurationsOf(old, words, open.words, (state, uses) => [
      register.value(values[state] as ReturnType<typeof plainValue>),
      used(uses),
    ]);
    for (const gone of this.#gone) gone.kind = register.kind(gone.op) as number;
    for (let i = 0; i < count; i++) {
      const slot = list[i] as number;
      open.of.kind[slot] = register.kind((this.#running[slot] as Followed).op) as number;
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
    this.#frontier = new Frontier(register.moves, open, this.#lost, this.#limits);
    this.#frontier.restore(states);
  }
}

interface Gone {
  readonly op: RegisterOp;
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
