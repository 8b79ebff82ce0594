/** States and operations of any sequential model, for the online search. */
import { type Call, isUnknown, opOf, outcomeOf } from '../calls.ts';
import type { Model } from '../checker.ts';
import type { Moves } from '../linearizability/frontier/task.ts';
import type { Op, Outcome } from '../../base/operation.ts';
import type { Vocabulary } from './vocabulary.ts';

interface Kind {
  readonly op: Op;
  readonly outcome: Outcome;
}

export class ModelVocabulary<S> implements Vocabulary<Call> {
  readonly moves: Moves;
  readonly #model: Model<S>;
  readonly #states: S[] = [];
  readonly #ids = new Map<string | number, number>();
  readonly #kinds: Kind[] = [];
  readonly #known = new Map<string, number>();
  /** State after, by `state * kinds + kind`. */
  readonly #after = new Map<number, number>();

  constructor(model: Model<S>, kinds = 0) {
    this.#model = model;
    this.moves = {
      init: 0,
      kinds,
      pure: new Uint8Array(kinds),
      reset: new Uint8Array(kinds),
      total: new Uint8Array(kinds),
      step: (state, kind) => this.#step(state, kind),
    };
  }

  get size(): number {
    return this.#states.length;
  }

  kind(call: Call): number | undefined {
    const [op, outcome] = [opOf(call), outcomeOf(call)];
    const { end } = call;
    const told = isUnknown(call) ? [] : [end?.type, end?.value, end?.result, end?.observed];
    const text = JSON.stringify([op.f, op.value, told]);
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const k = this.#kinds.length;
    const { moves } = this;
    if (k === moves.kinds) return undefined;
    this.#known.set(text, k);
    this.#kinds.push({ op, outcome });
    const { pure, total, reset } = this.#traits(op, outcome);
    moves.pure[k] = Number(pure);
    moves.reset[k] = Number(reset);
    moves.total[k] = Number(total || reset);
    return k;
  }

  isIdle(call: Call): boolean {
    return this.#traits(opOf(call), outcomeOf(call)).pure;
  }

  renewed(kinds: number): ModelVocabulary<S> {
    return new ModelVocabulary(this.#model, kinds);
  }

  state(number: number): S {
    return this.#states[number] as S;
  }

  number(state: S): number {
    const key = this.#model.key(state);
    let id = this.#ids.get(key);
    if (id === undefined) this.#ids.set(key, (id = this.#states.push(state) - 1));
    return id;
  }

  #traits(op: Op, outcome: Outcome): { pure: boolean; total: boolean; reset: boolean } {
    const { pure = false, total = false, reset = false } = this.#model.traits?.(op, outcome) ?? {};
    return { pure: pure || op.f === 'read', total, reset };
  }

  #step(state: number, kind: number): number {
    const at = state * this.moves.kinds + kind;
    const known = this.#after.get(at);
    if (known !== undefined) return known;
    const { op, outcome } = this.#kinds[kind] as Kind;
    const after = this.#model.step(this.state(state), op, outcome);
    const id = after === undefined ? -1 : this.number(after);
    this.#after.set(at, id);
    return id;
  }
}
