/**
 * The seam between those who use and break a system and those who run it.
 *
 * A *target* says what a system under test is; a *runtime* says where its programs run (simulator,
 * plain processes, network namespaces, containers). `System = runtime(target)`: no runtime knows
 * Hermes, no target knows namespaces. Callbacks, not promises, so that the simulator stays
 * deterministic and fast.
 */
import type { NodeName, NodeStatus, Op, OpName, Outcome, Value } from '../base/operation.ts';
import type { Fault, FaultKind, FaultReport } from '../faults/fault.ts';
import type { FrameFormat } from '../wire/frames.ts';

/** A node as its target sees it. */
export interface NodeInfo {
  readonly name: NodeName;
  /** The run's name: a prefix for keys, labels and folders. */
  readonly run: string;
  /**
   * What the programs of this cluster know it by, unlike any other; absent: they have no such name. A
   * client that finds another one behind the address has come to a stranger (`WrongNode`).
   */
  readonly cluster?: string;
  /** Clients dial host:port. */
  readonly host: string;
  readonly port: number;
  /** What the program itself binds. */
  readonly listen: { readonly host: string; readonly port: number; readonly peerPort: number };
  /** Unix socket for clients, under 100 bytes; absent: none in this runtime. */
  readonly socket?: string;
  readonly dataDir: string;
  /** Peers as seen from this node: addresses of the link proxy, where there is one. */
  readonly peers: readonly {
    readonly name: NodeName;
    readonly host: string;
    readonly port: number;
  }[];
}

/** How a node's program is started. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Container image; absent: the runtime's own. */
  readonly image?: string;
  /** Written to stdin at the start; stdin stays open and its end means exit. */
  readonly stdin?: string;
  /**
   * One of `args`: a file of this machine to which the program appends. Where it cannot, its standard
   * output is given instead, and goes to that file.
   */
  readonly appendsTo?: string;
}

/** One connection to one node, one operation in flight. */
export interface Client {
  /** A bare value = ok (a read's `value`, otherwise `result`). `Definite` = fail, any other throw = info. */
  invoke(op: Op, signal: AbortSignal): Promise<Outcome | Value>;
  close(): Promise<void>;
  /** Resolves when the connection is gone; absent: that shows at the next operation. */
  readonly closed?: Promise<void>;
}

/** A system under test: ours, a foreign one, a user's file (default export of `--system ./target.ts`). */
export interface Target {
  readonly name: string;
  readonly operations: readonly OpName[];
  /** Absent: it already runs at `--address`; then there are no process faults. */
  program?(node: NodeInfo, start: StartOptions): Program;
  ready(node: NodeInfo, signal: AbortSignal): Promise<void>;
  /** Once, before the first operation: schema, clean state. */
  setup?(nodes: readonly NodeInfo[], signal: AbortSignal): Promise<void>;
  connect(node: NodeInfo, signal: AbortSignal): Promise<Client>;
  status?(node: NodeInfo, signal: AbortSignal): Promise<NodeStatus>;
  leader?(nodes: readonly NodeInfo[]): Promise<NodeName | undefined>;
  /** What the replica itself holds of a key, read beside its protocol; absent: nobody can look. */
  peek?(node: NodeInfo, key: number, signal: AbortSignal): Promise<Peek>;
  /** Changes of the membership at run time; absent: its members are those of the start. */
  readonly members?: MemberChanges;
  /** Faults inside the program (clock, disk); absent: it has no way in. */
  readonly faults?: ProgramFaults;
  /** Known to the link proxy: message faults; absent: the proxy works on bytes. */
  readonly frames?: FrameFormat;
  /** Kinds of faults that the system itself cannot take yet, with the reason. */
  readonly unable?: Readonly<Partial<Record<FaultKind, string>>>;
}

/** How a system's members come and go. Each rejects with the system's own reason. */
export interface MemberChanges {
  /** Takes in a node whose program runs. Resolves when it is a full member and serves. */
  join(node: NodeInfo, signal: AbortSignal): Promise<void>;
  /** Lets a member go in good order. Resolves when it has left; its program still runs. */
  leave(node: NodeInfo, signal: AbortSignal): Promise<void>;
  /**
   * Gives a node that lost its disk its part in decisions on members back. Rejects where that would be
   * unsafe; absent: there is no such part, or no way back.
   */
  mend?(node: NodeInfo, signal: AbortSignal): Promise<void>;
}

/** Faults that a program applies to itself on request. Both resolve with what was measured. */
export interface ProgramFaults {
  apply(node: NodeInfo, fault: Fault, signal: AbortSignal): Promise<Record<string, number>>;
  undo(node: NodeInfo, fault: Fault, signal: AbortSignal): Promise<Record<string, number>>;
}

/** One replica's own copy of a key: the final phase compares them. */
export interface Peek {
  readonly value: Value;
  /** The replica's timestamp of that value, as it prints it; null for systems without one. */
  readonly ts: string | null;
  /** State of the key in the replica's protocol: `V`, `I`, … */
  readonly state: string;
}

/** What changes between the starts of one node. */
export interface StartOptions {
  /** First boot of a node of the start, on an empty data folder. */
  readonly bootstrap: boolean;
  /** Nodes of the cluster's start, whatever came and went since. */
  readonly founders: readonly NodeName[];
}

/** What can be done to a system, and why not. */
export type Capabilities = Readonly<Record<FaultKind, true | string>> & {
  /** Shapes that cannot be done although others of their kind can, with the reason: `link:corrupt`. */
  readonly [shape: `${FaultKind}:${string}`]: string;
};

export interface RuntimeOptions {
  readonly name: string;
  readonly nodes: readonly NodeName[];
  /** First client port; undefined: 7100, or the next free block of 20. */
  readonly basePort: number | undefined;
  readonly links: 'proxy' | 'direct';
  /** Folder for node logs; undefined: in the state folder. */
  readonly logDir: string | undefined;
  /** True: the cluster outlives the process that opened it. */
  readonly detached: boolean;
  /** How long a client waits for a reply, in ms; undefined: 1,500. */
  readonly clientTimeoutMs?: number;
}

export interface Runtime {
  readonly name: string;
  /** What this machine can do, before anything starts. */
  probe(target: Target): Promise<Capabilities>;
  open(
    target: Target,
    options: RuntimeOptions,
    onPhase: (phase: string) => void,
    signal: AbortSignal,
  ): Promise<System>;
}

export type SystemEvent =
  | {
      readonly type: 'exit';
      readonly node: NodeName;
      readonly code: number | null;
      readonly signal: string | null;
      readonly log: readonly string[];
    }
  | { readonly type: 'status'; readonly node: NodeName; readonly status: NodeStatus }
  | { readonly type: 'note'; readonly text: string }
  /** A watch inside the system found something wrong: an invariant that does not hold, a machine that threw. */
  | {
      readonly type: 'broken';
      readonly kind: string;
      /** Name of the invariant, or of the error. */
      readonly name: string;
      readonly text: string;
    }
  /** Whoever held the system together is gone: nothing that follows says anything of the system. */
  | { readonly type: 'gone'; readonly text: string; readonly log: readonly string[] };

/** A client's line to one node. */
export interface Session {
  /** Called each time the session becomes usable (at once if it is). */
  onUp(fn: () => void): void;
  /** One operation at a time. `done` is never called before `submit` returned. */
  submit(op: Op, done: (outcome: Outcome) => void): void;
  close(): void;
}

export interface System {
  readonly nodes: readonly NodeName[];
  readonly capabilities: Capabilities;
  /** Nanoseconds since the system was opened, monotonic: the recorder's clock. */
  nowNs(): number;
  /**
   * The only timers that clients and faults may use: `fn` runs once `nowNs()` has reached `ns`, never
   * before `at` returned. Returns its cancel.
   */
  at(ns: number, fn: () => void): () => void;
  session(node: NodeName): Session;
  inject(fault: Fault, done: (report: FaultReport) => void): void;
  undo(id: number, done: (report: FaultReport) => void): void;
  status(node: NodeName, done: (status: NodeStatus | undefined) => void): void;
  /** A replica's own copy of a key; absent: the target has no such look. */
  peek?(node: NodeName, key: number, done: (peek: Peek | { readonly error: string }) => void): void;
  onEvent(fn: (event: SystemEvent) => void): void;
  /** Resolves after `finish()`: the simulator empties virtual time until then. */
  run(): Promise<void>;
  finish(): void;
  /** Of a system that repeats itself: a hash of everything that happened so far, equal for equal runs. */
  readonly traceHash?: string;
  /** From now on the system outlives this process and `stop` leaves it running; absent: it cannot. */
  keep?(): Promise<void>;
  /** Idempotent. `left`: what could not be removed. */
  stop(): Promise<{ readonly left: readonly string[] }>;
}
