/** What is inferred from the columns of a history: edges between transactions, and anomalies found on the way. */
import type { Edges } from './edges.ts';
import type { Findings } from './findings.ts';
import type { Txns } from '../../history/packed/txns.ts';
import type { VersionOrder } from './version-order.ts';
import type { Writers } from './writers.ts';

export interface Inference {
  readonly txns: Txns;
  readonly writers: Writers;
  readonly edges: Edges;
  readonly findings: Findings;
  /** Lists: place of an append in its key's longest list, from 1; 0: nobody read it. Registers: empty. */
  readonly position: Int32Array;
  /** Per transaction: did it happen (completed well, or somebody saw what it wrote)? */
  readonly happened: Uint8Array;
  /** Registers: the order of versions that was assumed and found. */
  readonly versions?: VersionOrder;
  /** Some read told something: without, nothing could have been wrong. */
  readonly observed: boolean;
}
