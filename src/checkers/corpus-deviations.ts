/**
 * Where our verdict on a public history differs from the one that its collection lists, and why. By the
 * end of the file's path.
 */
import type { Verdict } from './verdict.ts';

export interface Deviation {
  readonly file: string;
  readonly valid: Verdict['valid'];
  readonly why: string;
}

/** Public files that are refused: no history in Jepsen's sense, whatever is asked of them. */
export const REFUSED: readonly Omit<Deviation, 'valid'>[] = [
  {
    file: 'elle-cli/custom-comments.edn',
    why: "Written by hand for a checker that folds over the events: process 0 invokes two writes while its read is open, and the read is answered last. A process does one thing at a time; which answer belongs to which invocation would be a guess, and a verdict on a guess could be wrong either way. Knossos' pairing refuses it as well.",
  },
];

export const DEVIATIONS: readonly Deviation[] = [
  {
    file: 'porcupine-etcd/etcd_095.edn',
    valid: 'unknown',
    why: 'The history is empty: nothing was observed, so nothing could have been wrong. Porcupine and Knossos call it valid.',
  },
  ...['9', '10'].map((n): Deviation => ({
    file: `knossos/cas-register-good-mongodb-v0-ack-rollback-${n}.edn`,
    valid: 'unknown',
    why: 'Every operation failed or has an unknown outcome: nothing was observed. Knossos calls it valid.',
  })),
];
