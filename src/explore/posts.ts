/**
 * A node together with its inbox, by number: a *post*. What it can do next, and how it takes more
 * letters, is worked out once for each.
 *
 * Keeping the network as one inbox per node makes a step a few look-ups: all that a delivery depends on
 * is in the post of the receiver.
 */
import { Interner } from './interner.ts';
import type { Machines } from './machines.ts';
import type { Charge, Network } from './model.ts';
import { PairMemo } from './pair-memo.ts';

/** Something that a node may do next. */
export interface Move {
  /** What the environment is charged. */
  readonly charge: Charge | undefined;
  readonly next: number;
  /** As in a transition; undefined: nobody gets any. */
  readonly sends: readonly number[] | undefined;
  readonly happenings: number;
  /** Number of the node's input; −1: a letter is lost. */
  readonly input: number;
  /** The letter that arrives or is lost; −1: none. */
  readonly letter: number;
}

export class Posts {
  /** State of the node, and number of its inbox, by post. */
  readonly locals: number[] = [];
  readonly inboxes: number[] = [];
  /** Letters of each inbox, ascending; several times the same in a bag. */
  readonly contents: (readonly number[])[] = [];
  readonly #machines: Machines;
  readonly #network: Network;
  readonly #inboxIds = new Interner();
  readonly #ids = new PairMemo();
  readonly #moves: (readonly Move[] | undefined)[] = [];
  readonly #still: (readonly number[])[] = [];
  readonly #takes = new PairMemo();

  constructor(machines: Machines) {
    this.#machines = machines;
    this.#network = machines.model.network;
  }

  /** The post of a node with these letters, those that do nothing any more left out. */
  of(local: number, letters: readonly number[]): number {
    const alive = this.#alive(local, letters);
    const inbox = this.#inboxIds.of(alive.join());
    if (inbox === this.contents.length) this.contents.push(alive);
    const known = this.#ids.get(local, inbox);
    if (known >= 0) return known;
    this.#ids.set(local, inbox, this.locals.length);
    this.inboxes.push(inbox);
    return this.locals.push(local) - 1;
  }

  #alive(local: number, letters: readonly number[]): readonly number[] {
    const { dead, stronger } = this.#machines.model.abstraction;
    const all = this.#machines.letters;
    const { state, crash } = this.#machines.locals[local]!;
    if (crash !== undefined) return [];
    let alive = letters;
    if (dead) alive = alive.filter((id) => !dead(all[id]!.message, state));
    if (!stronger || this.#network === 'bag') return alive;
    const names = new Set(alive.map((id) => all[id]!.name));
    return alive.filter((id) => !names.has(all[id]!.stronger ?? ''));
  }

  letters(post: number): readonly number[] {
    return this.contents[this.inboxes[post] as number] as readonly number[];
  }

  /** A list of letters comes: the post after that. */
  take(post: number, list: number): number {
    const known = this.#takes.get(post, list);
    if (known >= 0) return known;
    const letters = this.#machines.lists[list] as readonly number[];
    const all = [...this.letters(post), ...letters].sort((a, b) => a - b);
    const once = this.#network === 'bag' ? all : all.filter((id, i) => id !== all[i - 1]);
    const next = this.of(this.locals[post] as number, once);
    this.#takes.set(post, list, next);
    return next;
  }

  /** What the node may do next: deliveries first, then timers, then losses. */
  moves(post: number): readonly Move[] {
    return (this.#moves[post] ??= this.#moving(post));
  }

  /** The same with those that change nothing but what is under way. */
  all(post: number): readonly Move[] {
    return [...this.#arrivals(post), ...this.#timers(post)];
  }

  /** By receiver: letters that the node may cause to be sent while nothing at the node changes; 0: none. */
  still(post: number): readonly number[] {
    this.#moves[post] ??= this.#moving(post);
    return this.#still[post] as readonly number[];
  }

  #moving(post: number): readonly Move[] {
    const all = this.all(post);
    const { reduce } = this.#machines.model;
    if (reduce !== true || this.#network === 'bag') return all;
    const moves: Move[] = [];
    const still: number[][] = [];
    for (const move of all)
      if (move.next !== post || move.charge !== undefined || move.happenings !== 0)
        moves.push(move);
      else
        move.sends?.forEach((list, to) => {
          if (list !== 0) (still[to] ??= []).push(...(this.#machines.lists[list] as number[]));
        });
    this.#still[post] = Array.from(still, (letters) =>
      this.#machines.listOf([...new Set(letters)].sort((a, b) => a - b)),
    );
    return moves;
  }

  /** A step of the node at its environment's will; undefined: impossible. */
  choose(post: number, input: number): Move | undefined {
    return this.#move(post, input, this.letters(post), undefined, -1);
  }

  *#arrivals(post: number): Generator<Move> {
    const letters = this.letters(post);
    for (const [i, id] of letters.entries()) {
      if (letters[i - 1] === id) continue;
      const { input } = this.#machines.letters[id]!;
      if (this.#network === 'set') yield* this.#changing(post, input, letters, undefined, id);
      else {
        const rest = letters.toSpliced(i, 1);
        yield* this.#changing(post, input, rest, undefined, id);
        yield* this.#changing(post, input, letters, 'dup', id);
        const next = this.of(this.locals[post] as number, rest);
        yield { charge: 'loss', next, sends: undefined, happenings: 0, input: -1, letter: id };
      }
    }
  }

  *#timers(post: number): Generator<Move> {
    const { model, locals } = this.#machines;
    const { node, timers } = locals[this.locals[post] as number]!;
    for (const timer of timers) {
      const charge = model.timer(timer) === 'charged' ? 'timer' : undefined;
      const input = this.#machines.inputOf(node, {
        name: `timer ${timer}`,
        input: { kind: 'timer', timer },
      });
      yield* this.#changing(post, input, this.letters(post), charge, -1);
    }
  }

  /** The move, unless it leaves everything as it was. */
  *#changing(
    post: number,
    input: number,
    rest: readonly number[],
    charge: Charge | undefined,
    letter: number,
  ): Generator<Move> {
    const move = this.#move(post, input, rest, charge, letter);
    if (move !== undefined && (move.next !== post || move.sends !== undefined)) yield move;
  }

  #move(
    post: number,
    input: number,
    rest: readonly number[],
    charge: Charge | undefined,
    letter: number,
  ): Move | undefined {
    const id = this.#machines.step(this.locals[post] as number, input);
    if (id < 0) return undefined;
    const { next, sends, happenings } = this.#machines.transitions[id]!;
    return {
      charge,
      next: this.of(next, rest),
      sends: sends.length > 0 ? sends : undefined,
      happenings,
      input,
      letter,
    };
  }
}
