/**
 * The numbers by which the online search knows the states of an object and the kinds of its operations,
 * given out as they are met. When there are too many a vocabulary is renewed: only what is still referred
 * to gets a number again.
 */
import type { Moves } from '../linearizability/frontier/task.ts';

export interface Vocabulary<T> {
  /** There is room for `moves.kinds` of them. */
  readonly moves: Moves;
  /** States that have a number. */
  readonly size: number;
  /** The number of an operation's kind; undefined: there is no room for another one. */
  kind(op: T): number | undefined;
  /** Does an operation with unknown outcome matter to nobody? */
  isIdle(op: T): boolean;
  /** An empty one of the same object, with room for so many kinds. */
  renewed(kinds: number): Vocabulary<T>;
  /** A state by its number, and the number of a state of a vocabulary of the same object. */
  state(number: number): unknown;
  number(state: unknown): number;
}
