/** Anomalies that are no cycles, as they are met: the first few of each type in full, of all the number. */

/** One of them. */
export interface Finding {
  readonly type: string;
  /** Key id. */
  readonly key: number;
  /** Transactions that show it, most telling last. */
  readonly txns: readonly number[];
  /** Micro-operation in which it shows, and another one (−1: none). */
  readonly micro: number;
  readonly other: number;
  /** The value at issue, as an id. */
  readonly value: number;
  /** Versions each of which comes before the next, and the last before the first. */
  readonly versions?: readonly number[];
}

/** Findings of one type that are kept. */
export const KEPT = 8;

export class Findings {
  readonly kept: Finding[] = [];
  readonly counts = new Map<string, number>();

  add(finding: Finding): void {
    const count = (this.counts.get(finding.type) ?? 0) + 1;
    this.counts.set(finding.type, count);
    if (count <= KEPT) this.kept.push(finding);
  }
}
