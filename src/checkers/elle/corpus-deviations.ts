/**
 * Where the anomalies that we report of a public or generated history are not those that Elle lists, and
 * why; verdicts agree save where it is said. By the end of the file's path.
 */

export interface ElleDeviation {
  readonly file: string;
  /** Types that Elle lists and we do not, and the other way round. */
  readonly missing?: readonly string[];
  readonly extra?: readonly string[];
  readonly why: string;
  /** Our verdict, where it is another one. */
  readonly valid?: boolean;
}

const ODD =
  'A read is no prefix of the longest list: from a key with such reads we infer nothing of appends that the longest read does not hold, nor that somebody did not see what stands in the list that it read; Elle does, and calls what follows G0 or G-single. incompatible-order refutes the same models but read-uncommitted.';
const MORE =
  'A cycle of another component, or one that is not implied by those Elle shows: its search shows one cycle of a component.';
const IMPLIED =
  'Elle also lists a class that is implied by another one of the same component, and so is no news.';
const DUPLICATE =
  'A list that was read ends with the second copy of an element. Elle takes it for the version that ends with the first, and so says that its reader did not see what follows there, which it did.';

export const ELLE_DEVIATIONS: readonly ElleDeviation[] = [
  {
    file: 'la-si-nocheck-c10-n500.edn.gz',
    missing: ['G-single-item', 'G0'],
    extra: ['G2-item', 'G2-item-realtime'],
    why: `${ODD} Without those edges the cycles that are left have two rw edges.`,
  },
  { file: 'la-stale-snapshot-n60.edn', missing: ['G-single-item', 'G0'], why: ODD },
  { file: 'list-append/tiny-033.edn', missing: ['G0'], why: ODD },
  { file: 'list-append/tiny-096.edn', missing: ['G-single-item-realtime', 'G2-item'], why: ODD },
  { file: 'list-append/tiny-108.edn', missing: ['G-single-item', 'G0'], why: ODD },
  { file: 'la-ru-c10-n500.edn.gz', missing: ['G-nonadjacent-item'], why: IMPLIED },
  { file: 'list-append/tiny-099.edn', missing: ['G-nonadjacent-item'], why: IMPLIED },
  { file: 'la-dup-append-n60.edn', missing: ['G-single-item'], why: DUPLICATE },
  { file: 'list-append/tiny-051.edn', missing: ['G-single-item'], why: DUPLICATE },
  { file: 'la-reorder-n800.edn.gz', extra: ['G-single-item'], why: MORE },
  { file: 'rw-ru-c10-n500.edn.gz', extra: ['G-single-item'], why: MORE },
  { file: 'list-append/tiny-003.edn', extra: ['G-single-item-realtime'], why: MORE },
  { file: 'list-append/tiny-048.edn', extra: ['G-single-item'], why: MORE },
  { file: 'rw-register/tiny-060.edn', extra: ['G-single-item'], why: MORE },
  { file: 'list-append/tiny-102.edn', extra: ['G-single-item'], why: MORE },
  {
    file: 'public/elle/huge-scc.edn.gz',
    missing: ['G2-item-realtime'],
    extra: ['G-single-item-realtime'],
    why: 'Elle’s search timed out and reports the vaguer G2-item-realtime.',
  },
  {
    file: 'public/elle-cli/elle-rw-register.edn',
    extra: ['garbage-read'],
    valid: false,
    why: 'A read of a value that nobody wrote: garbage-read, at which Elle does not look in registers.',
  },
  ...[
    'stale-read-n800.edn.gz',
    'stale-snapshot-n60.edn',
    'si-nocheck-n800.edn.gz',
    'g1b-n800.edn.gz',
  ].map((name) => ({
    file: `rw-register/rw-${name}`,
    extra: ['no-serial-order'],
    valid: false,
    why: 'Elle finds nothing, since the order of versions is not known. The store that made it has the bug in its name, and three to five of its transactions have no serial order that keeps real time, by trying all.',
  })),
];

export interface AssumptionDeviation {
  readonly file: string;
  /** As the manifest names it. */
  readonly under: string;
  /** Our verdict. */
  readonly valid: boolean;
  readonly why: string;
}

const NO_CYCLE =
  'Elle reports cyclic-versions. No two versions of a key each were seen or written by somebody who completed before somebody of the other began (the test looks at every pair), and without such a pair the relation is an interval order, which has no cycle.';

/** Where a verdict under an assumption about keys is another one. */
export const ASSUMPTION_DEVIATIONS: readonly AssumptionDeviation[] = [
  ...['rw-strict-c20-n2k', 'rw-lost-append-n800'].map((name) => ({
    file: `${name}.edn.gz`,
    under: 'strict-serializable + linearizable-keys',
    valid: true,
    why: NO_CYCLE,
  })),
  {
    file: 'rw-g1b-n800.edn.gz',
    under: 'strict-serializable + sequential-keys',
    valid: false,
    why: 'Elle finds nothing. Process 2 read key 8 as 20 (event 446), then as 23 (453): 20 before 23. Process 6 wrote 4 to key 9 (443), then 6 (454): 4 before 6. So 428, which read 20, comes before 455, which wrote 23; 453 read that 23, and read 4, so that it comes before 454, which wrote 6; and 428 read what 454 wrote to key 0: G-nonadjacent-item.',
  },
];
