/**
 * Believes no checker: walks a linearization of columns with a register and with real time. For histories
 * too large for objects; shares no code with what makes linearizations.
 */
import { NEVER } from '../calls.ts';
import { CAS, type Columns, READ, WRITE } from '../columns.ts';

/** What is wrong with `order` (values of `row`), or undefined: it proves the columns linearizable. */
export function verifyColumns(c: Columns, order: ArrayLike<number>): string | undefined {
  const at = placesOf(c.row);
  const placed = new Uint8Array(c.n);
  let value = 0;
  let latest = -1;
  for (let k = 0; k < order.length; k++) {
    const i = at(order[k] as number);
    if (i < 0) return `there is no operation ${order[k]}`;
    if (placed[i] === 1) return `operation ${order[k]} stands there twice`;
    placed[i] = 1;
    if ((c.ret[i] as number) < latest)
      return `operation ${order[k]} ended before something placed before it was called`;
    if ((c.call[i] as number) > latest) latest = c.call[i] as number;
    const [f, a] = [c.f[i], c.a[i] as number];
    const possible = f === WRITE || (f === READ || f === CAS ? value === a : value !== a);
    if (!possible) return `operation ${order[k]} could not have had its answer there`;
    if (f === WRITE) value = a;
    else if (f === CAS) value = c.b[i] as number;
  }
  for (let i = 0; i < c.n; i++)
    if (placed[i] === 0 && c.ret[i] !== NEVER) return `operation ${c.row[i]} is missing`;
  return undefined;
}

/** Place of a row; rows grow. -1: not there. */
function placesOf(row: Int32Array): (wanted: number) => number {
  const last = row.at(-1) ?? -1;
  const first = row[0] ?? 0;
  if (last - first + 1 === row.length)
    return (wanted) => (wanted < first || wanted > last ? -1 : wanted - first);
  if (last - first < 8 * row.length) {
    const table = new Int32Array(last - first + 1).fill(-1);
    for (let i = 0; i < row.length; i++) table[(row[i] as number) - first] = i;
    return (wanted) => table[wanted - first] ?? -1;
  }
  const table = new Map<number, number>();
  for (let i = 0; i < row.length; i++) table.set(row[i] as number, i);
  return (wanted) => table.get(wanted) ?? -1;
}
