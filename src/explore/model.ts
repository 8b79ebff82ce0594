/**
 * What is explored: real machines, a network, and an environment that acts on them. No second model of
 * the protocol: every step of a node is a step of its machine.
 */
import type { Command, NodeId, NodeRef } from '../base/operation.ts';
import type { Config, Input, Invariant, Protocol } from '../protocols/machine.ts';
import type { Requests } from './linearizable-path.ts';
import type { NodeInput } from './machines.ts';

// The parameters below name what the parts of one model share; the engine does not look inside.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Any = any;

/**
 * `bag`: a message is consumed when it arrives; losses and repetitions are charged to the environment.
 * `set`: a message stays for ever and may arrive any number of times, or never.
 */
export type Network = 'bag' | 'set';

/** A node begins a new life, without memory. */
export interface BootInput {
  readonly kind: 'boot';
}

/** One input to one node, as a part of a choice. */
export interface NodeStep<S = Any, A = Any> {
  readonly node: NodeId;
  /** Names the input: two steps of a node with one name have the same input. Shown to people. */
  readonly name: string;
  readonly input: Exclude<Input<never, A>, { kind: 'message' }> | BootInput;
  /** Part of `name`'s meaning: the choice exists only where this holds before the step. */
  readonly when?: (state: S) => boolean;
  /** The choice exists only if the node begins or answers this request in the same step. */
  readonly atOnce?: boolean;
}

/** Something that the environment may do next, all of it in one step. */
export interface Choice<E, S = Any, A = Any> {
  readonly name: string;
  readonly next: E;
  readonly steps: readonly NodeStep<S, A>[];
}

/** What may be charged to the environment. */
export type Charge = 'loss' | 'dup' | 'timer';

/**
 * Whatever acts on the nodes: clients, view changes, restarts. Its state is plain data; equal data
 * with fields in one order are one state.
 */
export interface Environment<E = Any, S = Any, A = Any> {
  readonly initial: E;
  /** Depends on `e` alone. */
  choices(e: E): readonly Choice<E, S, A>[];
  /** The state, and an input, with other ids; absent: neither has ids in it. Wanted for `alike`. */
  permuted?(e: E, to: readonly NodeId[]): E;
  renamed?(input: NodeInput, node: NodeId, to: readonly NodeId[]): NodeInput;
  /** The state after one more of these; undefined: there may be no more. */
  charge(e: E, what: Charge): E | undefined;
}

/** What may be forgotten or set equal, since nothing that follows depends on it. */
export interface Abstraction<S = Any, M = Any> {
  /** Sets fields without influence to one value, in place, after every step. */
  forget?(state: S): void;
  /** The message does nothing here, and never will, whatever comes. */
  dead?(message: M, state: S): boolean;
  /** In a set, a message that does all that this one does and perhaps sends more; undefined: none is. */
  stronger?(message: M): M | undefined;
  /** Replaces the saved bytes as that by which states of a node are told apart. */
  nodeIdentity?(state: S): string;
  /** The same for messages; undefined: it is never sent. */
  messageIdentity?(message: M, from: NodeRef, to: NodeId): string | undefined;
  /** Who gets a message; absent: the addressee alone. */
  receivers?(message: M, from: NodeRef, to: NodeId): readonly NodeId[];
  /** What arrives; absent: what was sent. */
  arrive?(message: M, state: S): M;
}

/** `free`: goes off at any time. `charged`: as often as the environment lets it. */
export type TimerLaw = 'free' | 'charged' | 'never';

export interface Model<S = Any, M = Any, A = Any, G = Any, E = Any> {
  readonly protocol: Protocol<S, M, unknown, A, G>;
  /** One for each node, by id. */
  readonly configs: readonly Config[];
  readonly network: Network;
  readonly environment: Environment<E, S, A>;
  readonly timer: (name: string) => TimerLaw;
  /** What clients may ask, by request number. */
  readonly requests: Requests;
  /** Asked of each node after each of its steps: reads that are always made. */
  readonly probes: readonly Command[];
  /** True: a probe that is not answered at once waits; false: it is withdrawn. */
  readonly probesWait: boolean;
  /** By name; checked in every state. Empty: no ghost is kept either, unless `linearizable`. */
  readonly invariants: Readonly<Record<string, Invariant<S, M, G>>>;
  /** Judge what clients are told. */
  readonly linearizable: boolean;
  readonly abstraction: Abstraction<S, M>;
  /**
   * In a set, deliveries that change nothing but what is under way are made at once: more messages never
   * take a step away. Leaves out states that another one stands for. Default: no.
   */
  readonly reduce?: boolean;
  /** Groups of nodes that nothing tells apart but their ids; empty: no symmetry is used. */
  readonly alike: readonly (readonly NodeId[])[];
}

/** What is wrong with a state. */
export interface Violation {
  /** Name of an invariant; `linearizable`; `crash`: the machine threw. */
  readonly name: string;
  readonly message: string;
}
