/**
 * The two vocabularies of a key-value operation, and nothing else.
 *
 * People, workloads, histories and checkers speak of an `Op` and its `Outcome` (keys are small
 * integers, values are JSON). Replicas speak of a `Command` and its `Result` (bytes, as RESP carries
 * them). The functions between the two are in `translate.ts`.
 */

/** `n1`, `n2`, …: the name that people and files use. Protocol id = number − 1. */
export type NodeName = string;
/** Protocol id of a node, 0 … 63. The spec's `n0` is `n1` to people. */
export type NodeId = number;
/** One membership lifetime of a node: `inc` grows at every boot and at every rejoin (spec §1.1). */
export interface NodeRef {
  readonly id: NodeId;
  readonly inc: number;
}

/** What a history holds as a value. `null` = absent; bytes that are not UTF-8: `{b64}`. */
export type Value = null | number | string | { readonly b64: string } | readonly Value[];

/** Operations of the built-in workloads; a user's workload may name others. */
export type OpName =
  | 'read'
  | 'write'
  | 'cas'
  | 'add'
  | 'getset'
  | 'append'
  | 'delete'
  | 'txn'
  | (string & {});

/** An operation as a workload makes it. `value` by operation: see the table in the histories page. */
export interface Op {
  readonly f: OpName;
  readonly key: number;
  readonly value: Value;
}

/** What became of an operation: it happened, it definitely did not, or nobody knows. */
export type Outcome =
  | { readonly type: 'ok'; readonly value: Value; readonly result?: Value }
  | { readonly type: 'fail'; readonly error: string; readonly observed?: Value }
  | { readonly type: 'info'; readonly error: string };

/** Thrown by a `Client` when the operation definitely did not happen (→ `fail`). */
export class Definite extends Error {
  /** By name: a user's file may have loaded this module once more, from the sources beside the build. */
  static override [Symbol.hasInstance](thrown: unknown): boolean {
    return thrown instanceof Error && thrown.name === 'Definite';
  }
  readonly observed: Value | undefined;
  constructor(message: string, observed?: Value) {
    super(message);
    this.name = 'Definite';
    this.observed = observed;
  }
}

/** A key inside a replica: its bytes as a latin-1 string, one char per byte (a fast Map key). */
export type Key = string;
/** A value inside a replica. `null` = absent. Never changed after it was made. */
export type Bytes = Uint8Array;

/**
 * What a replica is asked to do with one key.
 *
 * | f | meaning | kind |
 * | --- | --- | --- |
 * | get | read | read |
 * | set | blind write of `value` | write |
 * | cas | write `value` if the present value is `expected` (null: absent) | RMW |
 * | setxx | write `value` if present | RMW |
 * | getset | write `value`, answer the old one | RMW |
 * | add | add `delta` to the decimal integer at the key (absent = 0), answer the sum | RMW |
 * | append | append the bytes of `value`, answer the length after, in bytes | RMW |
 * | delete | remove, answer 1 or 0 | RMW |
 */
export type Command =
  | { readonly f: 'get'; readonly key: Key }
  | { readonly f: 'set'; readonly key: Key; readonly value: Bytes }
  | { readonly f: 'cas'; readonly key: Key; readonly expected: Bytes | null; readonly value: Bytes }
  | { readonly f: 'setxx'; readonly key: Key; readonly value: Bytes }
  | { readonly f: 'getset'; readonly key: Key; readonly value: Bytes }
  | { readonly f: 'add'; readonly key: Key; readonly delta: bigint }
  | { readonly f: 'append'; readonly key: Key; readonly value: Bytes }
  | { readonly f: 'delete'; readonly key: Key };

/** Error prefixes of a replica. Whether each is definite: `outcomes.ts`, the only table. */
export type ErrorCode =
  | 'ERR'
  | 'WRONGTYPE'
  | 'NOAUTH'
  | 'NOTSERVING'
  | 'NOTMEMBER'
  | 'OVERLOAD'
  | 'ABORTED'
  | 'LOST'
  | 'EXPIRED'
  | 'UNKNOWN';

/** The answer of a replica to a `Command`. */
export type Result =
  /** get: the value; getset: the old one; setxx, cas when they wrote: the old one. */
  | { readonly type: 'value'; readonly value: Bytes | null }
  /** set: done. */
  | { readonly type: 'done' }
  /** add: the sum; append: the length; delete: 1 or 0. */
  | { readonly type: 'integer'; readonly value: bigint }
  /** cas, setxx: the condition did not hold; `observed` is the value read instead (a read). */
  | { readonly type: 'mismatch'; readonly observed: Bytes | null }
  | { readonly type: 'error'; readonly code: ErrorCode; readonly message: string };

/** A node as it describes itself: `HERMES STATUS`, `hermes cluster status`, samples of a run. */
export interface NodeStatus {
  readonly id: NodeId;
  readonly incarnation: number;
  /**
   * `serving`: answers. Else why not: `left` is out of the view by command, `lost` knows that nobody
   * holds the data any more. `down`, `paused` are said by whoever looks from outside.
   */
  readonly state:
    | 'serving'
    | 'no-lease'
    | 'joining'
    | 'not-member'
    | 'left'
    | 'lost'
    | 'down'
    | 'paused';
  readonly role: string;
  readonly epoch: number;
  readonly members: readonly NodeRef[];
  /** Microseconds of lease left; null = without limit. */
  readonly leaseLeftUs: number | null;
  /** Who proposes views, as far as this node knows; null: nobody it knows of; absent: no such role. */
  readonly leader?: NodeId | null;
  /** Members that are still copying the data and serve nothing yet. */
  readonly copying?: readonly NodeId[];
  /** Nodes that decide on the views: those of the start. */
  readonly acceptors?: readonly NodeId[];
  /** Its part in that; `lost`: it was to have one, but lost its disk, and must stay silent. */
  readonly vote?: 'yes' | 'none' | 'lost';
  /** While it copies the data from others: keys so far, and how many its source has. */
  readonly transfer?: { readonly keys: number; readonly of: number };
  /** Keys by state of the protocol (`V`, `I`, `W`, …) and in all. */
  readonly keys: Readonly<Record<string, number>>;
  /** Monotone counters: messages, replays, retransmissions, aborted RMWs, drops, … */
  readonly counters: Readonly<Record<string, number>>;
}
