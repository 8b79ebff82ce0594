/**
 * What happened, as a trace tells it: the one vocabulary of simulated, explored and real replicas.
 *
 * A trace is a list of these, ordered by time; as a file (`trace.jsonl`) one JSON object a line. What
 * is drawn (`diagram`) is made of nothing else. The records of a machine's inputs and outputs stand
 * between them, so that a fresh machine can be asked to do the same again (`hermes replay --trace`).
 */
import type { NodeId, NodeName } from './operation.ts';

/** When and where. */
interface Where {
  /**
   * True time in µs since the run began, real or virtual. An explored path has no time: then the number
   * of the step. Never decreases within a trace.
   */
  readonly at: number;
  /** The replica that it happened at. For a message that was lost: who had sent it. */
  readonly node: NodeName;
}

/** A message in print: `INV`, `k3`, `2.0`, `="a" rmw`. */
export interface TraceMessage {
  /** Name of its kind, as the codec has it. */
  readonly kind: string;
  /** Which key it is about; absent: none in particular. */
  readonly key?: string;
  /** The timestamp that it carries, printed. */
  readonly ts?: string;
  /** What else it says, in the protocol's own print; absent: nothing. */
  readonly text?: string;
}

/**
 * Messages. A send and what becomes of it have the same `id`, unique for the send: a message that was
 * repeated has several receives, one that is under way at the end has none.
 */
export type MessageEvent = Where &
  TraceMessage & { readonly id: string } & (
    | { readonly type: 'send'; readonly to: NodeName }
    | { readonly type: 'receive'; readonly from: NodeName }
    /** Lost on its way to that node. */
    | { readonly type: 'drop'; readonly to: NodeName }
  );

/** What a client asks of a node and is told. `op` is the same for both, and unique at the node. */
export type ClientEvent = Where & {
  readonly op: number;
  /** `c0`, `c1`, …; absent: the node's own record of a request, which knows no names of clients. */
  readonly client?: string;
  readonly key?: string;
  /** `write 7`, `read`; of a reply what it says: `7`, `timeout`. */
  readonly text: string;
} & (
    | { readonly type: 'request' }
    | { readonly type: 'reply'; readonly outcome: 'ok' | 'fail' | 'info' }
  );

/** A key at a node is no longer as it was, at the end of a step. */
export interface StateEvent extends Where {
  readonly type: 'state';
  readonly key: string;
  /** State in the protocol's own letters; absent: the first time that it is seen. */
  readonly from?: string;
  readonly to: string;
  readonly ts: string;
  /** The value there, in print; absent: the key has none. */
  readonly value?: string;
}

/** What else happens at a node. */
export type NodeEvent = Where &
  (
    | {
        readonly type: 'view';
        readonly epoch: number;
        /** Who is in it, this node or not. */
        readonly members: readonly NodeName[];
        /** The view in the protocol's own print. */
        readonly text: string;
      }
    /** It may serve from now on, or not any more. */
    | { readonly type: 'lease'; readonly held: boolean }
    /** A timer of the machine went off. */
    | { readonly type: 'timer'; readonly timer: string }
    | { readonly type: 'crash' }
    | { readonly type: 'restart'; readonly incarnation?: number }
    /** `begins`: false when it is undone. `links` are one-way, from and to. */
    | {
        readonly type: 'fault';
        readonly kind: string;
        readonly begins: boolean;
        readonly links?: readonly (readonly [NodeName, NodeName])[];
      }
    /** Anything that a reader should know: what is wrong with a read, say. */
    | { readonly type: 'note'; readonly key?: string; readonly text: string }
  );

/** How a life of a machine began, for whoever takes its steps again. Bytes are base64. */
export interface BootRecord extends Where {
  readonly type: 'boot';
  readonly protocol: string;
  readonly incarnation: number;
  /** Local time, µs. */
  readonly nowUs: number;
  /** Position of the last record in its log. */
  readonly lsn: number;
  readonly config: {
    readonly self: NodeId;
    readonly members: readonly NodeId[];
    readonly acceptors?: readonly NodeId[];
    readonly timing: Readonly<Record<string, number>>;
    readonly options: Readonly<Record<string, boolean | number>>;
    readonly bugs: readonly string[];
    readonly seed?: number;
  };
  /** The process lived on: the machine was removed from the view, and began anew. */
  readonly reborn?: true;
  /** Its log, as the machine was given it. */
  readonly records?: readonly string[];
  /** Instead: its state, where the trace was switched on in the middle of a life. */
  readonly state?: string;
}

/** An input as the machine was given it, then everything that it asked for in return. Base64. */
export type StepRecord = Where &
  (
    | { readonly type: 'input'; readonly nowUs: number; readonly bytes: string }
    | { readonly type: 'output'; readonly bytes: string }
  );

/** What people are shown. */
export type ShownEvent = MessageEvent | ClientEvent | StateEvent | NodeEvent;

export type TraceEvent = ShownEvent | BootRecord | StepRecord;
