/** Violations that are planted into copies of what was judged, and where. */

export const PLANTS = ['stale read', 'lost update', 'phantom', 'reordered pair'] as const;
export type Plant = (typeof PLANTS)[number];

/** At most so many operations are tried for a place to plant, and operations looked at for it in all. */
const TRIES = 40;
const LOOKS = 4_000_000;

export function rowsWhere(n: number, is: (i: number) => boolean): number[] {
  const rows: number[] = [];
  for (let i = 0; i < n; i++) if (is(i)) rows.push(i);
  return rows;
}

export function middle<T>(rows: readonly T[]): T | undefined {
  return rows[rows.length >> 1];
}

/** Some rows of a history of n operations, spread over all, the middle one first. */
export function fromMiddle<T>(rows: readonly T[], n: number): T[] {
  const tries = Math.max(2, Math.min(TRIES, Math.floor(LOOKS / (n + 1))));
  const step = Math.max(1, Math.floor(rows.length / tries));
  const some = rows.filter((_, k) => k % step === 0).slice(0, tries);
  return [...some.slice(some.length >> 1), ...some.slice(0, some.length >> 1)];
}

/** Steps of a search for what was planted. */
export function stepsToRefute(operations: number): number {
  return Math.max(100_000, 4 * operations);
}
