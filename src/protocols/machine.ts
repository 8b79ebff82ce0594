/**
 * What every protocol is: a pure state machine. Input in, state changed, effects out.
 *
 * No clock, no chance, no socket inside: time is a number passed in, chance a generator inside the
 * state (seeded by the configuration), effects calls on a sink. The same machine runs in the
 * simulator, under the explorer and on real sockets.
 */
import type { Reader, Writer } from '../base/bytes.ts';
import type { Command, NodeId, NodeRef, NodeStatus, Result } from '../base/operation.ts';

/** Name of a timer, unique within one machine. Setting a timer that is armed arms it anew. */
export type TimerId = string;

/** Durations in microseconds of local time. The host scales them all (`--time-scale`). */
export interface Timing {
  /** First wait before an INV is sent again; ×1.5 each time, up to 8×. */
  readonly retransmitUs: number;
  /** How long a request waits on an Invalid key before the follower replays. */
  readonly replayUs: number;
  readonly heartbeatUs: number;
  /** D: how long a lease counts from the request. */
  readonly leaseUs: number;
  /** Silence after which a peer is suspected. */
  readonly suspectUs: number;
  /** Wait per rank before a proposer acts. */
  readonly stepUs: number;
  /** How long a removed node must be reachable before it is let in again. */
  readonly stableUs: number;
  /** A message's way there and back, first guess: the base of back-off. */
  readonly roundTripUs: number;
}

/** For real hosts (spec §9). */
export const HOST_TIMING: Timing = {
  retransmitUs: 100_000,
  replayUs: 150_000,
  heartbeatUs: 50_000,
  leaseUs: 400_000,
  suspectUs: 500_000,
  stepUs: 100_000,
  stableUs: 1_000_000,
  roundTripUs: 1_000,
};

/** All of them so many times as long, in whole µs. */
export function scaledTiming(timing: Timing, factor: number): Timing {
  const entries = Object.entries(timing) as [keyof Timing, number][];
  const scaled = entries.map(([name, us]) => [name, Math.round(us * factor)]);
  return Object.fromEntries(scaled) as Timing;
}

export interface Config {
  readonly self: NodeId;
  /** All configured ids, ascending, `self` among them. */
  readonly members: readonly NodeId[];
  /** Ids of the nodes of the start, which decide on views; absent: `members`. */
  readonly acceptors?: readonly NodeId[];
  readonly timing: Timing;
  /** Options of the protocol by name (`x1`, `o3`, …); absent = its default. */
  readonly options: Readonly<Record<string, boolean | number>>;
  /** Planted bugs that are on, by name. */
  readonly bugs: ReadonlySet<string>;
  /** Seed of the machine's own chance; undefined: no chance at all (exploration). */
  readonly seed: number | undefined;
}

export type Input<M, A> =
  | { readonly kind: 'message'; readonly from: NodeRef; readonly message: M }
  | { readonly kind: 'timer'; readonly timer: TimerId }
  | {
      readonly kind: 'request';
      readonly id: number;
      readonly command: Command;
      readonly deadlineUs: number;
    }
  /** The client left: drop what is not issued. */
  | { readonly kind: 'gone'; readonly id: number }
  /** Everything up to `lsn` is on disk. */
  | { readonly kind: 'durable'; readonly lsn: number }
  | { readonly kind: 'admin'; readonly id: number; readonly command: A };

/**
 * What a machine asks of the world. A sink: no arrays and no objects per effect on the hot path.
 * Positions (`after`) are log positions that must be durable before the effect leaves; absent means
 * the last one appended, 0 means at once.
 */
export interface Effects<M, R> {
  /** To whichever incarnation answers there. The same object sent to several is encoded once. */
  send(to: NodeId, message: M, after?: number): void;
  reply(id: number, result: Result, after?: number): void;
  /** Appends to the durable log and returns the position (from 1). */
  append(record: R): number;
  /** Stands for everything appended so far: new file, fsync, rename. */
  checkpoint(records: readonly R[]): number;
  /**
   * Removed from the view: the host fsyncs a higher incarnation, closes its peer links and calls
   * `init` again with the records (spec L-6, R-7.2).
   */
  reborn(): void;
  setTimer(id: TimerId, inUs: number): void;
  cancelTimer(id: TimerId): void;
  /** For checkers and traces only (spec ): no effect on behaviour. */
  event(event: ProtocolEvent): void;
  /**
   * True while nobody listens to `event`: the machine then builds none (the hot path of a host),
   * except the rare ones that a log is to tell of (`Protocol.notice`).
   */
  readonly quiet?: boolean;
}

/** Leads nowhere: for a state that is made outside any step, and for sinks that want a part of what is asked. */
export const NO_EFFECTS: Effects<unknown, unknown> = {
  send() {},
  reply() {},
  append: () => 0,
  checkpoint: () => 0,
  reborn() {},
  setTimer() {},
  cancelTimer() {},
  event() {},
  quiet: true,
};

/**
 * What happened inside a step, in words that all protocols share. `ts` and `state` are printed
 * forms; `op` is the request id. The ghosts of the invariants and the traces are made of these.
 */
export interface ProtocolEvent {
  readonly type: string;
  readonly key?: string;
  readonly ts?: string;
  readonly state?: string;
  readonly op?: number;
  readonly detail?: unknown;
}

/** What the invariants see: all nodes, all messages under way, and what the ghosts remember. */
export interface World<S, M, G> {
  readonly nodes: readonly S[];
  readonly messages: Iterable<M>;
  readonly ghost: G;
  /** True time now, µs. */
  readonly atUs: number;
  /** True time (µs) at which the clock of `node` shows `us`; now, if that is past. */
  trueUs(node: NodeId, us: number): number;
  /** What may have changed since everything held; `messages` are those sent since. Absent: everything. */
  readonly lately?: Lately<S> | undefined;
}

/** What may have changed: nothing else need be looked at. */
export interface Lately<S> {
  readonly nodes: readonly S[];
  readonly keys: readonly string[];
}

/** Returns what is wrong, or undefined. */
export type Invariant<S, M, G> = (world: World<S, M, G>) => string | undefined;

/** Encoding of messages. Kinds are frame kinds from 16 on (below: link control). */
export interface MessageCodec<M> {
  /** Names by frame kind − 16: `['INV', 'ACK', …]`. For logs, traces and the link proxy. */
  readonly kinds: readonly string[];
  /** Writes the payload and returns the frame kind. */
  encode(message: M, w: Writer): number;
  /** Undefined: not a message (the host closes the connection). Copies what it keeps. */
  decode(kind: number, r: Reader): M | undefined;
}

/** Encoding of log records. */
export interface RecordCodec<R> {
  encode(record: R, w: Writer): void;
  decode(r: Reader): R | undefined;
}

/**
 * @typeParam S state, @typeParam M message, @typeParam R log record, @typeParam A admin command,
 * @typeParam G ghost
 */
export interface Machine<S, M, R, A, G> {
  /** A node that boots: `records` is its log as it was found, `incarnation` is fresh. */
  init(
    config: Config,
    boot: {
      readonly incarnation: number;
      readonly records: readonly R[];
      /** State of the life before, where its process lives on (`reborn`). Only a planted bug looks at it. */
      readonly former?: S;
    },
    nowUs: number,
    out: Effects<M, R>,
  ): S;
  /** One input, atomic: changes `s`, calls effects. Total on whatever a peer sends. */
  step(s: S, input: Input<M, A>, nowUs: number, out: Effects<M, R>): void;
  /** Canonical bytes: equal states give equal bytes (explorer, traces, replay). */
  save(s: S): Uint8Array;
  load(bytes: Uint8Array, config: Config): S;
  status(s: S, nowUs: number): NodeStatus;
  readonly ghost: {
    init(): G;
    on(g: G, node: NodeId, event: ProtocolEvent): void;
    save(g: G): Uint8Array;
    load(bytes: Uint8Array): G;
  };
  readonly invariants: Readonly<Record<string, Invariant<S, M, G>>>;
  /** Absent: every invariant concerns every key, and an event without a key concerns everything. */
  readonly concerns?: Concerns;
}

/** What need not be looked at after a step. */
export interface Concerns {
  /** Types of events without a key after which every key stands as it did, and the invariants to look at. */
  readonly events: Readonly<Record<string, readonly string[]>>;
  /** Invariants that speak of no key: they are looked at after such events alone. */
  readonly keyless: readonly string[];
}

/** What a run needs to show a bug, as the flags of `hermes fuzz` take it. */
export interface BugNeeds {
  /** Fault kinds, in the grammar of `--nemesis`. */
  readonly nemesis?: string;
  readonly workload?: string;
  /** Weights of the workload's operations, as `--mix` takes them. */
  readonly mix?: string;
  readonly nodes?: number;
  readonly keys?: number;
  readonly opsPerKey?: number;
  readonly concurrency?: string;
  readonly ops?: number;
  readonly timeLimitS?: number;
  readonly nemesisIntervalS?: number;
  /** With slower timers a restart is over before anybody suspects it. */
  readonly timeScale?: number;
  /** Why such runs cannot show it; absent: they can. */
  readonly cannot?: string;
}

/** A bug planted on purpose: a named switch of a machine, never on by default. */
export interface BugInfo {
  /** Kebab-case, as `--bug` takes it. */
  readonly name: string;
  /** Number in the spec's bug zoo: `M1` … */
  readonly zoo: string;
  /** What is wrong, in one sentence. */
  readonly breaks: string;
  /** What a history or an invariant must show. */
  readonly anomaly: string;
  /** The smallest configuration known to show it, and the steps of its shortest way there. */
  readonly smallest: string;
  /** A configuration of `hermes explore` that is small and shows it; or why none does. */
  readonly explore: string | { readonly cannot: string };
  /** What a simulated run needs to show it, beside or instead of `run`; or why none does. */
  readonly sim?: BugNeeds;
  /** Options that the bug needs to be reachable (`{ o3: true }`). */
  readonly options?: Readonly<Record<string, boolean | number>>;
  /** What a run on real processes needs to show it; absent: it needs nothing special. */
  readonly run?: BugNeeds;
}

/** A protocol as hosts, simulator and commands take it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export interface Protocol<S = any, M = any, R = any, A = any, G = any> {
  readonly name: string;
  readonly machine: Machine<S, M, R, A, G>;
  readonly messages: MessageCodec<M>;
  readonly records: RecordCodec<R>;
  readonly bugs: readonly BugInfo[];
  /** Bugs that together give the protocol as it was published (`--rules published`); absent: none. */
  readonly published?: readonly string[];
  /** Options with their defaults and one line each. */
  readonly options: Readonly<
    Record<string, { readonly default: boolean | number; readonly about: string }>
  >;
  /** One line for transcripts, traces and logs: `INV k1 2.0 ="a"`. */
  show(message: M): string;
  /** What the log says of an event at its usual level; undefined: nothing. Absent: it says nothing. */
  notice?(event: ProtocolEvent): string | undefined;
  /** Words of `HERMES …` beyond the host's own → admin command; undefined: no such command. */
  admin?(words: readonly string[]): A | undefined;
  /** Value and printed timestamp of a key at a node, for the divergence check and `HERMES KEY`. */
  peek(
    s: S,
    key: string,
  ): { readonly value: Uint8Array | null; readonly ts: string; readonly state: string };
}
