/** Places in the order of a number that each has. */

/** Room for a place beside a number of 31 bits in a double. */
const PLACES = 1 << 22;
/** Up to so many a plain insertion is faster. */
const FEW = 40;

/** The places of a column in ascending order of what stands there (from 0 up); equal ones as they come. */
export function orderOf(column: Int32Array): Int32Array {
  const n = column.length;
  const order = new Int32Array(n);
  if (n <= FEW) {
    for (let i = 0; i < n; i++) {
      const mine = column[i] as number;
      let at = i;
      for (; at > 0 && (column[order[at - 1] as number] as number) > mine; at--)
        order[at] = order[at - 1] as number;
      order[at] = i;
    }
    return order;
  }
  if (n > PLACES) {
    for (let i = 0; i < n; i++) order[i] = i;
    return order.sort((a, b) => (column[a] as number) - (column[b] as number));
  }
  // Without a comparison function doubles are sorted natively.
  const packed = new Float64Array(n);
  for (let i = 0; i < n; i++) packed[i] = (column[i] as number) * PLACES + i;
  packed.sort();
  for (let i = 0; i < n; i++) order[i] = (packed[i] as number) % PLACES;
  return order;
}
