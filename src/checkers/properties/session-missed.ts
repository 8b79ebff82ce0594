/** The guarantees, and what a read that breaks one of them missed. */
import type { Look, Write } from './session-history.ts';

/** Weakest first. */
export const GUARANTEES = [
  'read-your-writes',
  'monotonic-reads',
  'monotonic-writes',
  'writes-follow-reads',
  'pram',
  'causal',
] as const;
export type Guarantee = (typeof GUARANTEES)[number];

export interface Missed {
  readonly type: Guarantee;
  /** The write that should have been seen. */
  readonly write: Write;
  /** What was seen instead: an older write; undefined: nothing. */
  readonly instead?: Write | undefined;
  readonly rule: 'missing' | 'again' | 'order' | 'follow';
  readonly through?: readonly Look[];
}
