/**
 * What the frontier search is given: the operations of one part as a struct of arrays, and the object as
 * a table of moves between states that are small integers.
 */
import { NEVER } from '../../calls.ts';

/** The object. A *kind* is an operation with its arguments and result: those of one kind are interchangeable. */
export interface Moves {
  readonly init: number;
  readonly kinds: number;
  /** The state after; -1: not possible there. */
  step(state: number, kind: number): number;
  /** Per kind: never changes any state. */
  readonly pure: Uint8Array;
  /** Per kind: possible in every state, and the state after does not depend on the one before. */
  readonly reset: Uint8Array;
  /** Per kind: possible in every state. */
  readonly total: Uint8Array;
  /** May the kind still become possible from here, whatever happens? False only if it never can. */
  viable?(state: number, kind: number): boolean;
  /** Registers, whose states are values: what more is known of them. */
  readonly register?: RegisterFacts;
}

export interface RegisterFacts {
  /** Per kind: the only value on which it is possible; -1: any. */
  readonly needs: Int32Array;
  /** Per kind: the value after; -1: it changes none. */
  readonly makes: Int32Array;
  /** Per kind: the only value on which it is not possible; -1: none. */
  readonly refuses: Int32Array;
  /** Per value: rank of the last call that reads or compares it; -1: none; NEVER: one without a known outcome. */
  readonly lastUse: Int32Array;
  /** The state in which no value is that anybody will look at; -1: may not be used. */
  readonly dead: number;
}

export interface Task {
  readonly n: number;
  readonly kind: Int32Array;
  /** Ranks of events; `ret` is NEVER where the outcome is unknown. */
  readonly call: Int32Array;
  readonly ret: Int32Array;
  /** Position of the operation among the calls of the part. */
  readonly row: Int32Array;
  readonly moves: Moves;
  /** The effects of its operations show late: it is searched depth first. */
  readonly late?: boolean;
}

/** Is there any operation without a known outcome? */
export function hasLost({ ret }: Pick<Task, 'ret'>): boolean {
  return ret.includes(NEVER);
}
