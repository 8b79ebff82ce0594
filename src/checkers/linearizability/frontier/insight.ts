/**
 * What is known of the operations that are open, as bit sets over their slots (one word at a time), so
 * that one look answers for all of them.
 *
 * `made` are the sets of a configuration: U (owing) in the first words, then D (done).
 */
export interface Insight {
  /** Per word: the open operations that are possible in every state. */
  readonly total: Int32Array;
  /** Bytes in use. */
  readonly bytes: number;
  /** An operation was called, or is not open any more. */
  toggle(op: number): void;
  /** Those of a set, in one word, that could stand in a state without changing it. */
  standing(state: number, word: number, set: number): number;
  /** The open operations of one word that may be used for their effect in a state. */
  effective(state: number, word: number): number;
  /** After a step that settled nothing: is there any other reason for the new state? */
  leadsOn(made: Int32Array, after: number, used: number): boolean;
  /** May an operation of kind k still become possible? False only if it never can. */
  viable(made: Int32Array, state: number, used: number, k: number): boolean;
  /** Is the effect of this kind one that nobody will look at after the return at rank `now`? */
  makesDead(k: number, now: number): boolean;
  /** The state, or the one that stands for all at which nobody but `x` will look after `now`. */
  settled(made: Int32Array, state: number, x: number, now: number): number;
}
