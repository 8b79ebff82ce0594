/**
 * What an algorithm says of one key, and why an order cannot exist: a few operations, each named by
 * its row among the key's calls. `sentences.ts` says it in words, `evidence.ts` proves it again.
 */
import type { Call } from '../calls.ts';

export type Conflict =
  /** It saw a value that nobody wrote. */
  | { readonly kind: 'phantom'; readonly op: number }
  /** Two read-modify-writes both replaced the same value. */
  | { readonly kind: 'consumed-twice'; readonly first: number; readonly second: number }
  /** Each of these replaced the value that another one made: none can be the first. */
  | { readonly kind: 'cycle'; readonly ops: readonly number[] }
  /** By the values `before` must come first, but it was called after `after` had returned. */
  | {
      readonly kind: 'inverted';
      readonly before: number;
      readonly after: number;
      /** Writers between the two, from value to value. */
      readonly links: readonly number[];
    }
  /** Two values, or chains of values, of which each must be over before the other one began. */
  | {
      readonly kind: 'interleaved';
      /** Undefined ends: the initial value, which was there from the start. */
      readonly first: { readonly early: number | undefined; readonly late: number };
      readonly second: { readonly early: number | undefined; readonly late: number };
      readonly links: readonly number[];
    }
  /** A counter showed a value that no number of its adds makes, or a list something that is none. */
  | { readonly kind: 'no-place'; readonly op: number }
  /** Two adds or appends were told the same place. */
  | { readonly kind: 'same-answer'; readonly first: number; readonly second: number }
  /** An append was told a place at which a read shows another element. */
  | { readonly kind: 'wrong-answer'; readonly op: number; readonly read: number }
  /** Two reads of a list of which neither begins with the other. */
  | { readonly kind: 'forked'; readonly first: number; readonly second: number }
  /** It saw `needed` adds; only `called` that can stand there had been called when it returned. */
  | {
      readonly kind: 'too-few';
      readonly op: number;
      readonly needed: number;
      readonly called: number;
    }
  /** `add` was over before `op` was called, which saw too few for it to stand before. */
  | { readonly kind: 'no-room'; readonly op: number; readonly add: number }
  /** Two dequeues were given the same element. */
  | { readonly kind: 'taken-twice'; readonly first: number; readonly second: number }
  /**
   * `first` was in the queue before `second` was begun to be put in; yet `second` was out (`take`) before
   * anybody began to take out `first` (`left`; -1: nobody ever did).
   */
  | {
      readonly kind: 'overtaken';
      readonly first: number;
      readonly second: number;
      readonly take: number;
      readonly left: number;
    }
  /** `op` found nothing, yet at each moment of it one of the elements (`held`: puts and takes) was inside. */
  | { readonly kind: 'not-empty'; readonly op: number; readonly held: readonly number[] }
  /**
   * Elements were put in, `first` among them, before the one that `op` took out; nobody is known to have
   * taken them, and fewer dequeues of unknown outcome than elements had begun when it returned.
   */
  | { readonly kind: 'left-behind'; readonly first: number; readonly op: number }
  /** The search found no order; the history up to here has one, with the return of `op` it has none. */
  | { readonly kind: 'exhausted'; readonly op: number };

export type Answer =
  /** Rows in the order of one linearization; empty unless it was asked for. */
  | { readonly type: 'valid'; readonly order: readonly number[] | Int32Array }
  | { readonly type: 'invalid'; readonly conflict: Conflict }
  | { readonly type: 'not-applicable'; readonly why: string }
  | {
      readonly type: 'undecided';
      readonly reason: 'budget' | 'memory';
      /** The return that no configuration had passed yet, and the operations open there. */
      readonly at: number;
      readonly width: number;
    };

/** Rows that a conflict names. */
export function rowsOf(conflict: Conflict): number[] {
  switch (conflict.kind) {
    case 'phantom':
    case 'no-place':
    case 'too-few':
    case 'exhausted':
      return [conflict.op];
    case 'wrong-answer':
      return [conflict.read, conflict.op];
    case 'consumed-twice':
    case 'same-answer':
    case 'taken-twice':
    case 'forked':
      return [conflict.first, conflict.second];
    case 'overtaken':
      return [conflict.first, conflict.second, conflict.left, conflict.take].filter(
        (r) => r !== -1,
      );
    case 'cycle':
      return [...conflict.ops];
    case 'not-empty':
      return [...conflict.held, conflict.op];
    case 'left-behind':
      return [conflict.first, conflict.op];
    case 'no-room':
      return [conflict.add, conflict.op];
    case 'inverted':
      return [...conflict.links, conflict.before, conflict.after];
    case 'interleaved': {
      const { first, second, links } = conflict;
      const ends = [first.early, first.late, second.early, second.late];
      return [...links, ...ends.filter((row) => row !== undefined)];
    }
  }
}

/** The row that cannot be placed: where a person should look first. */
export function culpritOf(calls: readonly Call[], conflict: Conflict): number {
  switch (conflict.kind) {
    case 'consumed-twice':
    case 'same-answer':
    case 'taken-twice':
    case 'forked':
      return conflict.second;
    case 'overtaken':
      return conflict.take;
    case 'cycle':
      return conflict.ops.at(-1) as number;
    case 'inverted':
      return isObservation(calls[conflict.before] as Call) ? conflict.before : conflict.after;
    case 'interleaved': {
      const { first, second } = conflict;
      return second.early === second.late ? first.late : second.late;
    }
    default:
      return conflict.op;
  }
}

/** It saw a value and changed nothing: a read, or a cas that found another value. */
export function isObservation({ invoke, end }: Call): boolean {
  return invoke.f === 'read' || end?.type === 'fail';
}

/** The row of a conflict to look at first, without the calls. */
export function culpritRow(conflict: Conflict): number {
  return rowsOf(conflict).at(-1) as number;
}
