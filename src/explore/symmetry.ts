/**
 * Nodes that nothing tells apart but their ids may change places: of states that differ by that alone one
 * is explored.
 *
 * How a state looks with other ids is not computed from its bytes: it is reached again. Whatever is
 * known by number was first reached from something known, by some input; its mirror image is what the
 * mirrored input makes of the mirrored thing. So this works for every machine that treats ids alike, and
 * stops with an error at one that does not.
 */
import type { NodeId } from '../base/operation.ts';
import { minusOnes } from '../base/int-list.ts';
import type { Ghosts } from './ghosts.ts';
import type { Machines, NodeInput, Transition } from './machines.ts';
import type { Posts } from './posts.ts';

/** Where each node goes. */
export type Permutation = readonly NodeId[];

interface Parts {
  readonly machines: Machines;
  readonly posts: Posts;
  readonly ghosts: Ghosts;
  /** Number of an environment with other ids. */
  environment(id: number, to: Permutation): number;
}

export class Symmetry {
  readonly #mirrors: readonly Mirror[];
  readonly #best: Uint32Array;
  readonly #other: Uint32Array;

  constructor(parts: Parts, nodes: number, alike: readonly (readonly NodeId[])[]) {
    const all = alike.reduce<readonly Permutation[]>(
      (so, group) =>
        so.flatMap((done) => permuted(group).map((order) => placed(done, group, order))),
      [Array.from({ length: nodes }, (_, id) => id)],
    );
    this.#mirrors = all
      .filter((to) => to.some((id, i) => id !== i))
      .map((to) => new Mirror(parts, to));
    this.#best = new Uint32Array(nodes + 2);
    this.#other = new Uint32Array(nodes + 2);
  }

  /** Puts the first of all that are alike into its place. */
  canonical(state: Uint32Array): Uint32Array {
    if (this.#mirrors.length === 0) return state;
    const best = this.#best;
    best.set(state);
    for (const mirror of this.#mirrors) {
      mirror.image(state, this.#other);
      if (isBefore(this.#other, best)) best.set(this.#other);
    }
    state.set(best);
    return state;
  }
}

/** The images under one permutation, worked out once. */
class Mirror {
  readonly #parts: Parts;
  readonly #to: Permutation;
  readonly #posts = new Memo();
  readonly #locals = new Memo();
  readonly #letters = new Memo();
  readonly #ghosts = new Memo();
  readonly #happenings = new Memo();
  readonly #environments = new Memo();

  constructor(parts: Parts, to: Permutation) {
    this.#parts = parts;
    this.#to = to;
  }

  image(state: Uint32Array, out: Uint32Array): void {
    const nodes = this.#to.length;
    for (let node = 0; node < nodes; node++)
      out[this.#to[node] as number] = this.#post(state[node] as number);
    out[nodes] = this.#ghost(state[nodes] as number);
    out[nodes + 1] = this.#environments.of(state[nodes + 1] as number, (id) =>
      this.#parts.environment(id, this.#to),
    );
  }

  #post(post: number): number {
    return this.#posts.of(post, () => {
      const { posts } = this.#parts;
      const letters = posts.letters(post).map((id) => this.#letter(id));
      return posts.of(
        this.#local(posts.locals[post] as number),
        letters.sort((a, b) => a - b),
      );
    });
  }

  #local(local: number): number {
    return this.#locals.of(local, () => this.#again(this.#parts.machines.locals[local]!.born).next);
  }

  #letter(letter: number): number {
    return this.#letters.of(letter, () => {
      const { born, to } = this.#parts.machines.letters[letter]!;
      const list = this.#again(born).sends[this.#to[to] as number] ?? 0;
      const image = this.#parts.machines.lists[list]?.[born.nth];
      if (image === undefined) throw new Error('a machine does not treat all nodes alike');
      return image;
    });
  }

  #happening(happenings: number): number {
    return this.#happenings.of(happenings, () => {
      const born = this.#parts.machines.happeningsBorn[happenings];
      return born === undefined ? happenings : this.#again(born).happenings;
    });
  }

  #ghost(ghost: number): number {
    return this.#ghosts.of(ghost, () => {
      const { born } = this.#parts.ghosts.all[ghost]!;
      if (born === undefined) return ghost;
      return this.#parts.ghosts.step(this.#ghost(born.before), this.#happening(born.happenings));
    });
  }

  /** The step in which something was first seen, with other ids. */
  #again({ before, node, input }: Born): Transition {
    const { machines } = this.#parts;
    const to = this.#to[node] as number;
    if (before < 0) return machines.boot(to);
    const made = machines.step(this.#local(before), this.#input(node, input));
    if (made < 0) throw new Error('a machine does not treat all nodes alike');
    return machines.transitions[made]!;
  }

  #input(node: number, input: number): number {
    const { machines } = this.#parts;
    const given = machines.inputs[node]![input] as NodeInput;
    if (given.letter !== undefined) return machines.letters[this.#letter(given.letter)]!.input;
    const to = this.#to[node] as number;
    const renamed = machines.model.environment.renamed?.(given, node, this.#to) ?? given;
    return machines.inputOf(to, renamed);
  }
}

/** Where something was first seen. */
export interface Born {
  /** State of the node before; −1: it booted. */
  readonly before: number;
  readonly node: NodeId;
  readonly input: number;
}

/** One number for each; worked out when it is first asked for. */
class Memo {
  #known = minusOnes(256);

  of(id: number, make: (id: number) => number): number {
    if (id >= this.#known.length) {
      const wider = minusOnes(Math.max(2 * this.#known.length, id + 1));
      wider.set(this.#known);
      this.#known = wider;
    }
    const known = this.#known[id] as number;
    if (known >= 0) return known;
    const made = make(id);
    this.#known[id] = made;
    return made;
  }
}

function isBefore(a: Uint32Array, b: Uint32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return (a[i] as number) < (b[i] as number);
  return false;
}

function permuted(ids: readonly NodeId[]): (readonly NodeId[])[] {
  if (ids.length < 2) return [ids];
  return ids.flatMap((first) =>
    permuted(ids.filter((id) => id !== first)).map((rest) => [first, ...rest]),
  );
}

/** `group[i]` goes to `order[i]`, the others stay as they are placed. */
function placed(
  done: Permutation,
  group: readonly NodeId[],
  order: readonly NodeId[],
): Permutation {
  return done.map((to, id) => order[group.indexOf(id)] ?? to);
}
