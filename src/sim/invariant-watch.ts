/**
 * The invariants of a world, looked at after its steps: only what the steps concerned, and everything
 * after those that may concern all. What is found, and when, is what looking at everything would find.
 */
import type { NodeId } from '../base/operation.ts';
import type { Invariant, Protocol, ProtocolEvent, World } from '../protocols/machine.ts';

/** What there is to look at: a world. It changes from look to look. */
export interface Sight {
  /** States of the nodes that are up; another list when others are. */
  readonly states: readonly unknown[];
  /** Messages under way. */
  readonly inFlight: ReadonlyMap<number, { readonly message: unknown }>;
  readonly atUs: number;
  /** First true time at which the clock of a node shows `us`, if it goes on as it does now. */
  trueUs(node: NodeId, us: number): number;
}

/** An invariant that does not hold. */
export interface Violation {
  readonly name: string;
  readonly message: string;
}

interface Named {
  readonly name: string;
  readonly invariant: Invariant<unknown, unknown, unknown>;
  /** False: no key concerns it. */
  readonly ofKeys: boolean;
}

export class InvariantWatch {
  readonly #protocol: Protocol;
  readonly #every: number;
  readonly #ghost: unknown;
  readonly #invariants: readonly Named[];
  /** Events of no key, with the invariants that they alone concern. */
  readonly #events: Readonly<Record<string, readonly string[]>>;
  readonly #all: World<unknown, unknown, unknown>;
  readonly #part: World<unknown, unknown, unknown>;
  /** Since the last look: nodes, keys and invariants concerned, messages sent, something that concerns all. */
  readonly #nodes: unknown[] = [];
  readonly #keys: string[] = [];
  readonly #names: string[] = [];
  readonly #sent: unknown[] = [];
  #wide = true;

  /** `every`: a look after so many steps. */
  constructor(protocol: Protocol, every: number, sight: Sight) {
    const { ghost, invariants, concerns } = protocol.machine;
    this.#protocol = protocol;
    this.#every = every;
    this.#ghost = ghost.init();
    this.#invariants = Object.entries(invariants).map(([name, invariant]) => ({
      name,
      invariant,
      ofKeys: concerns?.keyless.includes(name) !== true,
    }));
    this.#events = concerns?.events ?? {};
    this.#all = new Seen(sight, this.#ghost);
    this.#part = new Seen(sight, this.#ghost, this.#sent, {
      nodes: this.#nodes,
      keys: this.#keys,
    });
  }

  event(node: NodeId, event: ProtocolEvent): void {
    this.#protocol.machine.ghost.on(this.#ghost, node, event);
    if (event.key !== undefined) this.concerns(event.key);
    const names = this.#events[event.type];
    if (names === undefined) this.#wide ||= event.key === undefined;
    else for (const name of names) this.#names.push(name);
  }

  sent(message: unknown): void {
    this.#sent.push(message);
    const { key } = message as { readonly key?: string };
    if (key !== undefined) this.concerns(key);
  }

  /** A step was about this key. */
  concerns(key: string): void {
    if (this.#keys.at(-1) !== key) this.#keys.push(key);
  }

  /** Nobody knows what it concerns. */
  concernsAll(): void {
    this.#wide = true;
  }

  /** A step of a node is over. Returns what it broke. */
  stepped(step: number, state: unknown): Violation | undefined {
    if (this.#nodes.at(-1) !== state) this.#nodes.push(state);
    if (step % this.#every !== 0) return undefined;
    const found = this.#wide ? this.all() : this.#look();
    this.#wide = false;
    this.#sent.length = 0;
    this.#nodes.length = 0;
    this.#keys.length = 0;
    this.#names.length = 0;
    return found;
  }

  /** Looks at everything. */
  all(): Violation | undefined {
    for (const { name, invariant } of this.#invariants) {
      const message = invariant(this.#all);
      if (message !== undefined) return { name, message };
    }
    return undefined;
  }

  #look(): Violation | undefined {
    const keyed = this.#keys.length > 0;
    const named = this.#names.length > 0;
    if (!keyed && !named) return undefined;
    for (const { name, invariant, ofKeys } of this.#invariants) {
      if (!(keyed && ofKeys) && !(named && this.#names.includes(name))) continue;
      const message = invariant(this.#part);
      if (message !== undefined) return { name, message };
    }
    return undefined;
  }
}

/** The world as invariants see it: made once, and what it shows goes on. */
class Seen implements World<unknown, unknown, unknown> {
  readonly ghost: unknown;
  readonly lately: World<unknown, unknown, unknown>['lately'];
  readonly #sight: Sight;
  readonly #sent: readonly unknown[] | undefined;

  constructor(sight: Sight, ghost: unknown, sent?: readonly unknown[], lately?: Seen['lately']) {
    this.#sight = sight;
    this.ghost = ghost;
    this.#sent = sent;
    this.lately = lately;
  }

  get nodes(): readonly unknown[] {
    return this.#sight.states;
  }

  get messages(): Iterable<unknown> {
    return this.#sent ?? messagesOf(this.#sight.inFlight.values());
  }

  get atUs(): number {
    return this.#sight.atUs;
  }

  /** A clock that was disturbed since does not tell when it showed what is past. */
  trueUs(node: NodeId, us: number): number {
    return Math.max(this.#sight.atUs, this.#sight.trueUs(node, us));
  }
}

function* messagesOf(envelopes: Iterable<{ readonly message: unknown }>): Generator<unknown> {
  for (const { message } of envelopes) yield message;
}
