/**
 * Where the protocol as published goes wrong, and the rule that mends it here (docs/findings.md). Each
 * finding is one or two planted bugs; all of them together are the published protocol.
 */
import type { HermesBug } from './bugs.ts';

export interface Finding {
  /** `F1` to `F7`, as docs/protocol.md has them. */
  readonly id: string;
  /** Switches that bring the published rule back. */
  readonly bugs: readonly HermesBug[];
  /** Our rule. */
  readonly rule: string;
  /** The named trace that shows it. */
  readonly trace: string;
}

export const FINDINGS: readonly Finding[] = [
  { id: 'F1', bugs: ['published-rmw'], rule: 'R-2.6', trace: 'G3' },
  // Two halves of one rule: an abort is definite, and decided in one place.
  { id: 'F2', bugs: ['abort-at-once', 'ack-own-replay'], rule: 'R-3.4, R-3.5', trace: 'G5' },
  { id: 'F3', bugs: ['complete-on-higher-val'], rule: 'D6, R-2.5', trace: 'G8' },
  { id: 'F4', bugs: ['o3-validates-rmw'], rule: 'R-8.3', trace: 'F4' },
  { id: 'F5', bugs: ['no-generation'], rule: 'R-1.2', trace: 'F5' },
  { id: 'F6', bugs: ['keep-rmw-acks'], rule: 'R-3.6, R-5.3', trace: 'G4' },
  { id: 'F7', bugs: ['keep-entries'], rule: 'R-5.2, R-7.2', trace: 'F7' },
];

/** The published protocol, as the bugs that are not planted in ours (`--rules published`). */
export const PUBLISHED: readonly HermesBug[] = FINDINGS.flatMap(({ bugs }) => bugs);
