/**
 * Where the anomalies that we report of a public or generated history are not those that Elle lists, and
 * why; verdicts agree save where it is said. By the end of the file's path.
 */

export interface ElleDeviation {
  readonly file: string;
  readonly why: string;
  /** Our verdict, where it is another one. */
  readonly valid?: boolean;
}

const ODD =
  'A read is no prefix of the longest list: from a key with such reads we infer nothing of appends that the longest read does not hold; Elle does, and calls what follows G0 or G-single. incompatible-order refutes the same models but read-uncommitted.';
const MORE = 'A cycle that Elle does not report: its search shows one cycle of a component.';
const IMPLIED =
  'Elle also lists a class that is implied by another one of the same component, and so is no news.';
const DUPLICATE =
  'An element stands twice in a list; Elle follows both places, we the first. duplicate-elements refutes all models anyway.';

export const ELLE_DEVIATIONS: readonly ElleDeviation[] = [
  { file: 'la-si-nocheck-c10-n500.edn.gz', why: ODD },
  { file: 'la-stale-snapshot-n60.edn', why: ODD },
  { file: 'list-append/tiny-033.edn', why: ODD },
  { file: 'list-append/tiny-096.edn', why: ODD },
  { file: 'list-append/tiny-108.edn', why: ODD },
  { file: 'la-ru-c10-n500.edn.gz', why: IMPLIED },
  { file: 'list-append/tiny-099.edn', why: IMPLIED },
  { file: 'la-dup-append-n60.edn', why: DUPLICATE },
  { file: 'list-append/tiny-051.edn', why: DUPLICATE },
  { file: 'la-reorder-n800.edn.gz', why: MORE },
  { file: 'rw-ru-c10-n500.edn.gz', why: MORE },
  { file: 'list-append/tiny-003.edn', why: MORE },
  { file: 'list-append/tiny-048.edn', why: MORE },
  { file: 'rw-register/tiny-060.edn', why: MORE },
  { file: 'list-append/tiny-102.edn', why: MORE },
  {
    file: 'public/elle/huge-scc.edn.gz',
    why: 'Elle’s search timed out and reports the vaguer G2-item-realtime.',
  },
  {
    file: 'public/elle-cli/elle-rw-register.edn',
    valid: false,
    why: 'A read of a value that nobody wrote: garbage-read, at which Elle does not look in registers.',
  },
];
