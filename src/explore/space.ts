/**
 * The states of the whole as tuples of numbers, and the steps between them.
 *
 * A state is one post per node, what is remembered (`ghosts.ts`), and the environment. Everything that
 * the numbers stand for was worked out once, so that most steps are look-ups.
 */
import { Ghosts } from './ghosts.ts';
import { Interner } from './interner.ts';
import { mayRead } from './linearizable-path.ts';
import { Machines } from './machines.ts';
import type { Charge, Choice, Model, NodeStep, Violation } from './model.ts';
import { type Move, Posts } from './posts.ts';
import { Symmetry } from './symmetry.ts';
import { TupleTable } from './tuple-table.ts';

/** What a step between two states was. */
export type StepTaken =
  | { readonly by: 'node'; readonly node: number; readonly move: Move }
  | {
      readonly by: 'environment';
      readonly choice: Choice<unknown>;
      readonly moves: readonly [node: number, Move][];
    };

/** Called with each next state, which is overwritten afterwards. True: go no further. */
type Visit = (next: Uint32Array, nth: number) => boolean;

interface KnownChoice {
  readonly choice: Choice<unknown>;
  readonly next: number;
  readonly steps: readonly { readonly node: number; readonly input: number }[];
}

export class Space {
  readonly model: Model;
  readonly machines: Machines;
  readonly posts: Posts;
  readonly ghosts: Ghosts;
  readonly width: number;
  readonly initial: Uint32Array;
  readonly environments: unknown[] = [];
  readonly #environmentIds = new Interner();
  readonly #choices: (readonly KnownChoice[])[] = [];
  readonly #charges: Partial<Record<Charge, number>>[] = [];
  readonly #nodes: number;
  readonly #reduces: boolean;
  readonly #symmetry: Symmetry;
  readonly #next: Uint32Array;
  /** Nodes and ghost of the states that were checked. */
  readonly #checked: TupleTable;
  readonly #part: Uint32Array;
  /** By ghost: letters that were checked, as bits. */
  readonly #lettersChecked: Uint32Array[] = [];

  constructor(model: Model) {
    this.model = model;
    this.machines = new Machines(model);
    this.posts = new Posts(this.machines);
    this.ghosts = new Ghosts(model, this.machines);
    this.#nodes = model.configs.length;
    this.width = this.#nodes + 2;
    this.#next = new Uint32Array(this.width);
    this.#part = new Uint32Array(this.#nodes + 1);
    this.#checked = new TupleTable(this.#nodes + 1);
    this.#reduces = model.reduce === true && model.network === 'set';
    this.#symmetry = new Symmetry(
      {
        machines: this.machines,
        posts: this.posts,
        ghosts: this.ghosts,
        environment: (id, to) => {
          const e = this.environments[id];
          return this.#environment(model.environment.permuted?.(e, to) ?? e);
        },
      },
      this.#nodes,
      model.alike,
    );
    this.initial = this.#boot();
  }

  /** Keys that clients ask for. */
  keys(): readonly string[] {
    const { requests, probes } = this.model;
    return [...new Set([...probes, ...requests.values()].map(({ key }) => key))];
  }

  /** Bytes of the tables that grow with the states, beside those of the search. */
  get bytes(): number {
    return this.#checked.bytes;
  }

  #boot(): Uint32Array {
    const first = new Uint32Array(this.width);
    const moves = this.model.configs.map((_, node) => this.machines.boot(node));
    for (const [node, { next }] of moves.entries()) first[node] = this.posts.of(next, []);
    for (const { sends, happenings } of moves) {
      this.#send(first, sends);
      first[this.#nodes] = this.ghosts.step(first[this.#nodes] as number, happenings);
    }
    first[this.#nodes + 1] = this.#environment(this.model.environment.initial);
    return first;
  }

  #environment(e: unknown): number {
    const id = this.#environmentIds.of(JSON.stringify(e));
    if (id === this.environments.length) this.environments.push(e);
    return id;
  }

  /** The state that stands for all that differ from this one by nothing but ids; overwrites it. */
  canonical(state: Uint32Array): Uint32Array {
    return this.#symmetry.canonical(state);
  }

  /** Visits the states that follow, always in the same order; `nth` counts them. */
  expand(state: Uint32Array, visit: Visit): void {
    let nth = 0;
    const next = this.#next;
    for (let node = 0; node < this.#nodes; node++) {
      const moves = this.posts.moves(state[node] as number);
      for (let i = 0; i < moves.length; i++) {
        const move = moves[i] as Move;
        next.set(state);
        if (!this.#charge(next, move.charge)) continue;
        this.#apply(next, node, move);
        this.#saturate(next);
        if (visit(next, nth++)) return;
      }
    }
    const choices = this.#choicesOf(state[this.#nodes + 1] as number);
    for (let i = 0; i < choices.length; i++)
      if (this.#choose(state, choices[i] as KnownChoice) !== undefined) {
        this.#saturate(next);
        if (visit(next, nth++)) return;
      }
  }

  /** All steps from this state and where they lead, in the order of `expand`; nothing follows by itself. */
  steps(state: Uint32Array): { readonly step: StepTaken; readonly next: Uint32Array }[] {
    const found: { step: StepTaken; next: Uint32Array }[] = [];
    const next = this.#next;
    for (let node = 0; node < this.#nodes; node++)
      for (const move of this.posts.all(state[node] as number)) {
        next.set(state);
        if (!this.#charge(next, move.charge)) continue;
        this.#apply(next, node, move);
        if (differs(state, next))
          found.push({ step: { by: 'node', node, move }, next: next.slice() });
      }
    for (const known of this.#choicesOf(state[this.#nodes + 1] as number)) {
      const moves = this.#choose(state, known);
      if (moves === undefined) continue;
      const step = { by: 'environment', choice: known.choice, moves } as const;
      found.push({ step, next: next.slice() });
    }
    return found;
  }

  /** Takes a step of a path again, from another state; undefined: it does not exist there. */
  again(state: Uint32Array, step: StepTaken): Uint32Array | undefined {
    const same = (other: StepTaken): boolean =>
      step.by === 'environment'
        ? other.by === 'environment' && other.choice.name === step.choice.name
        : other.by === 'node' &&
          other.node === step.node &&
          other.move.input === step.move.input &&
          other.move.letter === step.move.letter &&
          other.move.charge === step.move.charge;
    return this.steps(state).find((one) => same(one.step))?.next;
  }

  /** Makes what follows by itself where states are left out. */
  settle(state: Uint32Array): Uint32Array {
    const settled = state.slice();
    this.#saturate(settled);
    return settled;
  }

  /** Makes all deliveries that change nothing but what is under way. */
  #saturate(next: Uint32Array): void {
    if (!this.#reduces) return;
    for (let again = true; again;) {
      again = false;
      for (let node = 0; node < this.#nodes; node++) {
        const still = this.posts.still(next[node] as number);
        for (let to = 0; to < still.length; to++) {
          const list = still[to] as number;
          if (list === 0) continue;
          const before = next[to] as number;
          next[to] = this.posts.take(before, list);
          again ||= next[to] !== before;
        }
      }
    }
  }

  #charge(next: Uint32Array, what: Charge | undefined): boolean {
    if (what === undefined) return true;
    const at = next[this.#nodes + 1] as number;
    const known = (this.#charges[at] ??= {});
    let charged = known[what];
    if (charged === undefined) {
      const e = this.model.environment.charge(this.environments[at], what);
      charged = known[what] = e === undefined ? -1 : this.#environment(e);
    }
    if (charged < 0) return false;
    next[this.#nodes + 1] = charged;
    return true;
  }

  #apply(next: Uint32Array, node: number, move: Move): void {
    next[node] = move.next;
    if (move.sends !== undefined) this.#send(next, move.sends);
    if (move.happenings !== 0)
      next[this.#nodes] = this.ghosts.step(next[this.#nodes] as number, move.happenings);
  }

  #send(next: Uint32Array, sends: readonly number[]): void {
    for (let to = 0; to < sends.length; to++) {
      const list = sends[to] as number;
      if (list !== 0) next[to] = this.posts.take(next[to] as number, list);
    }
  }

  #choicesOf(environment: number): readonly KnownChoice[] {
    return (this.#choices[environment] ??= this.model.environment
      .choices(this.environments[environment])
      .map((choice) => ({
        choice,
        next: this.#environment(choice.next),
        steps: choice.steps.map((step) => ({
          node: step.node,
          input: this.machines.inputOf(step.node, step as NodeStep),
        })),
      })));
  }

  /** Leaves the state that follows in `#next`; undefined: the choice does not exist here. */
  #choose(state: Uint32Array, known: KnownChoice): [number, Move][] | undefined {
    this.#next.set(state);
    this.#next[this.#nodes + 1] = known.next;
    const moves: [number, Move][] = [];
    for (const { node, input } of known.steps) {
      const move = this.posts.choose(this.#next[node] as number, input);
      if (move === undefined) return undefined;
      this.#apply(this.#next, node, move);
      moves.push([node, move]);
    }
    return differs(state, this.#next) ? moves : undefined;
  }

  /** What is wrong with a state that was not looked at yet. Nodes and ghost are looked at once. */
  check(state: Uint32Array): Violation | undefined {
    this.#checked.add(this.#partOf(state));
    const wrong = this.#checked.added ? this.#checkNodes(this.#part) : undefined;
    return wrong ?? this.#checkLetters(state, true);
  }

  /** What is wrong with a state, whether it was looked at or not. */
  wrong(state: Uint32Array): Violation | undefined {
    return this.#checkNodes(this.#partOf(state)) ?? this.#checkLetters(state, false);
  }

  #partOf(state: Uint32Array): Uint32Array {
    for (let node = 0; node < this.#nodes; node++)
      this.#part[node] = this.posts.locals[state[node] as number] as number;
    this.#part[this.#nodes] = state[this.#nodes] as number;
    return this.#part;
  }

  #checkNodes(part: Uint32Array): Violation | undefined {
    const locals = Array.from(part.subarray(0, this.#nodes), (id) => this.machines.locals[id]!);
    const crashed = locals.find(({ crash }) => crash !== undefined);
    if (crashed !== undefined) return { name: 'crash', message: crashed.crash as string };
    const ghost = this.ghosts.all[part[this.#nodes] as number]!;
    const nodes = locals.map(({ state }) => state);
    const wrong = this.#invariants(nodes, [], ghost.ghost);
    if (wrong !== undefined || !this.model.linearizable) return wrong;
    const linearizable = (message: string): Violation => ({ name: 'linearizable', message });
    if (ghost.wrong !== undefined) return linearizable(ghost.wrong);
    for (const { answers } of locals)
      for (const [i, value] of answers.entries()) {
        if (value === undefined) continue;
        const { key } = this.model.probes[i]!;
        const why = mayRead(ghost.path, key, value, this.model.requests);
        if (why !== undefined) return linearizable(why);
      }
    return undefined;
  }

  /** An invariant speaks of nodes, or of each message by itself: never of both, so each is looked at once. */
  #checkLetters(state: Uint32Array, once: boolean): Violation | undefined {
    const id = state[this.#nodes] as number;
    let known = this.#lettersChecked[id];
    const words = (this.machines.letters.length + 31) >>> 5;
    if (known === undefined || known.length < words) {
      const wider = new Uint32Array(words + 2);
      if (known !== undefined) wider.set(known);
      this.#lettersChecked[id] = known = wider;
    }
    for (let node = 0; node < this.#nodes; node++) {
      const letters = this.posts.letters(state[node] as number);
      for (let i = 0; i < letters.length; i++) {
        const letter = letters[i] as number;
        const word = known[letter >>> 5] as number;
        if (once && (word >>> (letter & 31)) & 1) continue;
        known[letter >>> 5] = word | (1 << (letter & 31));
        const { message } = this.machines.letters[letter]!;
        const wrong = this.#invariants([], [message], this.ghosts.all[id]!.ghost);
        if (wrong !== undefined) return wrong;
      }
    }
    return undefined;
  }

  #invariants(
    nodes: readonly unknown[],
    messages: readonly unknown[],
    ghost: unknown,
  ): Violation | undefined {
    const world = { nodes, messages, ghost, atUs: 0, trueUs: (_: number, us: number) => us };
    for (const name in this.model.invariants) {
      const message = this.model.invariants[name]!(world);
      if (message !== undefined) return { name, message };
    }
    return undefined;
  }
}

function differs(a: Uint32Array, b: Uint32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return true;
  return false;
}
