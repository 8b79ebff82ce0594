/**
 * The invariants of a world, looked at after its steps: after most of them only what the step concerned,
 * everything whenever it may concern all, and every so often to be sure.
 */
import type { NodeId } from '../base/operation.ts';
import type { Invariant, Protocol, ProtocolEvent } from '../protocols/machine.ts';

/** What there is to look at. */
export interface Sight {
  /** States of the nodes that are up. */
  readonly nodes: readonly unknown[];
  /** Messages under way. */
  readonly messages: Iterable<unknown>;
  readonly atUs: number;
  trueUs(node: NodeId, us: number): number;
}

/** An invariant that does not hold. */
export interface Violation {
  readonly name: string;
  readonly message: string;
}

/** However little seems to have changed, everything is looked at after so many steps. */
const ALL_EVERY = 500;

export class InvariantWatch {
  readonly #protocol: Protocol;
  readonly #every: number;
  readonly #ghost: unknown;
  readonly #invariants: readonly (readonly [string, Invariant<unknown, unknown, unknown>])[];
  /** Events of no key, with the invariants that they alone concern. */
  readonly #passing: Readonly<Record<string, readonly string[]>>;
  readonly #ofEvents: ReadonlySet<string>;
  /** Since the last look: keys and invariants concerned, messages sent, something that concerns all. */
  readonly #keys = new Set<string>();
  readonly #names = new Set<string>();
  readonly #sent: unknown[] = [];
  #wide = true;
  #lookedAtAll = 0;

  /** `every`: a look after so many steps. */
  constructor(protocol: Protocol, every: number) {
    const { ghost, invariants, passing = {} } = protocol.machine;
    this.#protocol = protocol;
    this.#every = every;
    this.#ghost = ghost.init();
    this.#invariants = Object.entries(invariants);
    this.#passing = passing;
    this.#ofEvents = new Set(Object.values(passing).flat());
  }

  event(node: NodeId, event: ProtocolEvent): void {
    this.#protocol.machine.ghost.on(this.#ghost, node, event);
    if (event.key !== undefined) this.#keys.add(event.key);
    const concerned = this.#passing[event.type];
    if (concerned !== undefined) for (const name of concerned) this.#names.add(name);
    else if (event.key === undefined) this.#wide = true;
  }

  sent(message: unknown): void {
    this.#sent.push(message);
  }

  /** The step was about this key. */
  touched(key: string): void {
    this.#keys.add(key);
  }

  /** A step is over. Returns what it broke. */
  stepped(step: number, sight: Sight): Violation | undefined {
    if (step % this.#every !== 0) return undefined;
    const found = this.#look(step, sight);
    this.#sent.length = 0;
    this.#keys.clear();
    this.#names.clear();
    return found;
  }

  /** Looks at everything. */
  all(sight: Sight): Violation | undefined {
    return this.#run(sight, sight.messages, undefined);
  }

  #look(step: number, sight: Sight): Violation | undefined {
    if (this.#wide || step - this.#lookedAtAll >= ALL_EVERY) {
      this.#wide = false;
      this.#lookedAtAll = step;
      return this.all(sight);
    }
    if (this.#keys.size + this.#names.size === 0) return undefined;
    return this.#run(sight, this.#sent, this.#keys);
  }

  #run(
    { nodes, atUs, trueUs }: Sight,
    messages: Iterable<unknown>,
    lately: ReadonlySet<string> | undefined,
  ): Violation | undefined {
    const world = { nodes, messages, ghost: this.#ghost, atUs, trueUs, lately };
    for (const [name, invariant] of this.#invariants) {
      if (lately !== undefined && !this.#isConcerned(name)) continue;
      const message = invariant(world);
      if (message !== undefined) return { name, message };
    }
    return undefined;
  }

  #isConcerned(name: string): boolean {
    return this.#ofEvents.has(name) ? this.#names.has(name) : this.#keys.size > 0;
  }
}
