/**
 * The few operations of a large register that are enough to look again at why no order exists.
 *
 * All that write or see one of some values: if the whole history had an order, then so would these, since
 * in it the last write before each of their reads is one of them. A replacement says of two values what it
 * did, so the value that it replaced belongs to them too. What says only which value was not there (a
 * failed cas) is left out. The other direction has to be tried: the caller judges them again.
 */
import { CAS, type Columns, NOT } from './columns.ts';

/** Rounds of "the value that it replaced" before it is a chain through the whole history. */
const ROUNDS_MAX = 50;

/**
 * Rows of the operations on the values of the given rows, in the order of their calls; undefined: they
 * are more than `limit`, or hang together with too many others.
 */
export function suspectRows(
  columns: Columns,
  rows: readonly number[],
  limit: number,
): readonly number[] | undefined {
  const { n, f, a, b, row } = columns;
  const values = new Uint8Array(valueCount(columns));
  const given = new Set(rows);
  for (let i = 0; i < n; i++) {
    if (!given.has(row[i] as number)) continue;
    values[a[i] as number] = 1;
    if (f[i] === CAS) values[b[i] as number] = 1;
  }
  if (!close(columns, values)) return undefined;
  const found: number[] = [];
  for (let i = 0; i < n; i++) {
    const touches = values[a[i] as number] === 1 || (f[i] === CAS && values[b[i] as number] === 1);
    if (!touches || f[i] === NOT) continue;
    if (found.push(row[i] as number) > limit) return undefined;
  }
  return found;
}

/** Adds what replacements that made these values replaced. */
function close({ n, f, a, b }: Columns, values: Uint8Array): boolean {
  for (let round = 0; round < ROUNDS_MAX; round++) {
    let more = false;
    // Backwards: a value is mostly made before it is replaced, so that one round follows many links.
    for (let i = n - 1; i >= 0; i--) {
      if (f[i] !== CAS || values[b[i] as number] === 0 || values[a[i] as number] === 1) continue;
      values[a[i] as number] = 1;
      more = true;
    }
    if (!more) return true;
  }
  return false;
}

function valueCount({ n, f, a, b }: Columns): number {
  let most = 0;
  for (let i = 0; i < n; i++) {
    most = Math.max(most, a[i] as number);
    if (f[i] === CAS) most = Math.max(most, b[i] as number);
  }
  return most + 1;
}
