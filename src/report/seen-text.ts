/** What the check that goes along with a run had to say. */
import { duration } from '../base/figures.ts';
import type { Results } from '../run/results.ts';

/** When the first violation was seen, and by which operation; undefined: none was. */
export function seenText({ seen }: Partial<Pick<Results, 'seen'>>): string | undefined {
  if (seen === undefined || seen === null) return undefined;
  const { atMs, f, key, event, stopped } = seen;
  const what = `${f}${key === null ? '' : ` of key ${key}`} (event ${event})`;
  const then = stopped ? '; no further operation was begun' : '';
  return `while it went on, after ${duration(atMs)}, by the ${what}${then}`;
}

/** What only the check at the end could judge, and why; undefined: nothing. Runs of old say nothing. */
export function judgedLateText({
  judgedLate = [],
}: Partial<Pick<Results, 'judgedLate'>>): string | undefined {
  return judgedLate.join('; ') || undefined;
}
