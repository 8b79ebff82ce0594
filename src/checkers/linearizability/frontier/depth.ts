/**
 * The same search, depth first: for models whose effects are observed late.
 *
 * Where the order of concurrent operations shows only much later (a stack, a priority queue), every level
 * of the frontier holds all orders of everything inside. So one configuration is followed as far as it
 * goes, and the others wait on a stack of choices. Configurations, moves and dominance are those of the
 * frontier; per return the chains of the passage stay, and what they hold was tried or waits: whatever one
 * of it dominates is hopeless, or is not needed. The best choice comes first: the one that owes least (it
 * freed reads), then the one that has settled x, then the one that used the earliest to return.
 *
 * Exact: it survives at the end of the history, and dies only when nothing waits any more.
 */
import { NEVER } from '../../calls.ts';
import { type Antichain, DEAD, SETS, STATE, TRAIL, USED } from './antichain.ts';
import { Configurations, ones } from './configurations.ts';
import { type FrontierLimits, LimitReached } from './limits.ts';
import { LostOperations, lostOf } from './lost-operations.ts';
import { ModelInsight } from './model-insight.ts';
import { Multisets } from './multisets.ts';
import { OpenOperations } from './open-operations.ts';
import { type Chains, Passage } from './passage.ts';
import type { Searched } from './search.ts';
import type { Task } from './task.ts';
import { timelineOf } from './timeline.ts';
import { Trails } from './trails.ts';

/** The chains of a passage, those that are followed first last. */
const CHAINS = ['last', 'work', 'out'] as const;

/** A configuration that waits: the number of its return, where it is, what it owes. */
interface Choice {
  readonly number: number;
  readonly which: 0 | 1 | 2;
  readonly o: number;
  readonly debt: number;
}

export class Depth {
  readonly #task: Task;
  readonly #limits: FrontierLimits;
  readonly #events: Int32Array;
  /** Ranks of the returns. */
  readonly #returns: number[] = [];
  readonly #open: OpenOperations;
  readonly #lost: LostOperations;
  readonly #lostNumber: Int32Array;
  readonly #insight: ModelInsight;
  readonly #trails: Trails | undefined;
  readonly #passage: Passage;
  readonly #one: Configurations;
  /** Per return that was reached. */
  readonly #chains: Chains[] = [];
  readonly #choices: Choice[] = [];
  /** The return before which the events stand. */
  #at = 0;
  /** How many operations were open at the furthest return that was reached. */
  #width = 0;
  /** Of all chains. */
  #bytes = 0;
  /** Most configurations that passed one return. */
  widest = 1;

  constructor(task: Task, limits: FrontierLimits & { readonly trails: boolean }) {
    this.#task = task;
    this.#limits = limits;
    const { events, slot, slots } = timelineOf(task);
    this.#events = events;
    events.forEach((code, rank) => code >= 0 && (code & 1) === 1 && this.#returns.push(rank));
    this.#open = new OpenOperations({ kind: task.kind, ret: task.ret, slot }, slots);
    const { numberOf, kinds } = lostOf(task);
    this.#lostNumber = numberOf;
    const counted = kinds.length > 0 ? new Multisets(kinds.length, 'exact') : undefined;
    this.#lost = new LostOperations(kinds, counted);
    this.#lost.usable = kinds.length > 0;
    this.#insight = new ModelInsight(task.moves, this.#open);
    this.#trails = limits.trails ? new Trails() : undefined;
    const { moves } = task;
    this.#passage = new Passage(moves, this.#open, this.#lost, this.#insight, limits, this.#trails);
    this.#one = new Configurations(SETS + 2 * this.#open.words, moves.init);
  }

  /** Configurations looked at. */
  get steps(): number {
    return this.#passage.steps;
  }

  run(): Searched {
    const at = (): number => this.#op(Math.max(0, this.#chains.length - 1));
    try {
      const trail = this.#walk();
      return trail === undefined
        ? { type: 'died', at: at(), cut: false, states: [] }
        : { type: 'survived', path: this.#trails?.path(trail) ?? [] };
    } catch (error) {
      if (!(error instanceof LimitReached)) throw error;
      return { type: 'gave up', reason: error.reason, at: at(), open: this.#width };
    }
  }

  /** The trail of a configuration that has passed the last return; undefined: there is none. */
  #walk(): number | undefined {
    if (this.#returns.length === 0) return -1;
    this.#callFrom(0);
    this.#enter();
    const choices = this.#choices;
    for (let choice = choices.pop(); choice !== undefined; choice = choices.pop()) {
      const { number, which, o } = choice;
      const chain = (this.#chains[number] as Chains)[CHAINS[which]];
      if (chain.data[o + DEAD] === 1) continue;
      this.#goBack(number);
      if (CHAINS[which] !== 'out')
        this.#choose(() => this.#passage.expand(chain.data, o, CHAINS[which] === 'last'));
      else if (number === this.#returns.length - 1) return chain.data[o + TRAIL] as number;
      else {
        this.#one.restore(chain.data.subarray(o, o + chain.stride));
        this.#close(this.#op(number));
        this.#at++;
        this.#callFrom((this.#returns[number] as number) + 1);
        this.#enter();
      }
    }
    return undefined;
  }

  #op(number: number): number {
    return (this.#events[this.#returns[number] as number] as number) >> 1;
  }

  /** Lets the one configuration in at the return before which the events stand. */
  #enter(): void {
    if (this.#at === this.#chains.length) {
      this.#width = this.#open.count;
      this.#chains.push(this.#passage.newChains(0));
      this.#limits.onReached?.(this.#op(this.#at), this.#width);
    }
    this.#choose(() => this.#passage.begin(this.#one));
  }

  /** What a move has led to waits on the stack, the best on top. */
  #choose(move: () => void): void {
    const chains = this.#chains[this.#at] as Chains;
    const x = this.#op(this.#at);
    const idle = this.#task.moves.pure[this.#task.kind[x] as number] === 1;
    this.#passage.aim(x, this.#returns[this.#at] as number, idle, chains);
    const before = this.#passage.bytes;
    const ends = [chains.last.end, chains.work.end, chains.out.end] as const;
    move();
    this.#wait(chains, ends);
    if (chains.out.live > this.widest) this.widest = chains.out.live;
    this.#bytes += this.#passage.bytes - before;
    if (this.#bytes + (this.#trails?.bytes ?? 0) > this.#limits.bytes)
      throw new LimitReached('memory');
  }

  /** Puts what lies behind these ends of the chains on the stack. */
  #wait(chains: Chains, ends: readonly [number, number, number]): void {
    const choices = this.#choices;
    const found: Choice[] = [];
    for (const which of [0, 1, 2] as const) {
      const chain = chains[CHAINS[which]];
      for (let o = ends[which]; o < chain.end; o += chain.stride)
        found.push({ number: this.#at, which, o, debt: this.#debt(chain, o) });
    }
    if (found.length > 1) found.sort((x, y) => y.debt - x.debt || x.which - y.which || y.o - x.o);
    for (const choice of found) choices.push(choice);
  }

  /** Lost operations used, then operations owing. */
  #debt({ data }: Antichain, o: number): number {
    let owing = 0;
    for (let w = 0; w < this.#open.words; w++) owing += ones(data[o + SETS + w] as number);
    return this.#lost.size(data[o + USED] as number) * 4096 + owing;
  }

  /** Calls everything from a rank up to the next return; what would change nothing is free, else it owes. */
  #callFrom(rank: number): void {
    const { moves, kind, ret } = this.#task;
    const { data } = this.#one;
    for (let r = rank; r < (this.#returns[this.#at] as number); r++) {
      const code = this.#events[r] as number;
      if (code < 0) continue;
      const op = code >> 1;
      if (ret[op] === NEVER) {
        this.#lose(op, 1);
        continue;
      }
      this.#reopen(op);
      const slot = this.#open.of.slot[op] as number;
      if (moves.step(data[STATE] as number, kind[op] as number) !== data[STATE])
        data[SETS + (slot >> 5)] = (data[SETS + (slot >> 5)] as number) | (1 << (slot & 31));
    }
  }

  /** Takes back the events down to those before a return. */
  #goBack(number: number): void {
    if (number === this.#at) return;
    const to = this.#returns[number] as number;
    for (let r = (this.#returns[this.#at] as number) - 1; r >= to; r--) {
      const code = this.#events[r] as number;
      if (code < 0) continue;
      const op = code >> 1;
      if ((code & 1) === 1) this.#reopen(op);
      else if (this.#task.ret[op] === NEVER) this.#lose(op, -1);
      else this.#close(op);
    }
    this.#at = number;
  }

  #reopen(op: number): void {
    this.#open.add(op);
    this.#insight.toggle(op);
  }

  #close(op: number): void {
    this.#open.remove(op);
    this.#insight.toggle(op);
  }

  #lose(op: number, by: 1 | -1): void {
    const number = this.#lostNumber[op] as number;
    if (number !== -1) this.#lost.count(number, by);
  }
}
