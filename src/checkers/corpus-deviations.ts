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
