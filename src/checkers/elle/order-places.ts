/** Sorts stretches of a column of places by a number that stands at each place, without an array for each. */

/** Room for a place beside a number of 31 bits in a double. */
const PLACES = 1 << 22;
/** Up to so many a plain insertion is faster. */
const FEW = 40;

/** Fills `order` from `begin` up to `end` with these places, least `by` (from 0 up) first, equal ones as they come. */
export function orderPlaces(order: Int32Array, by: Int32Array, begin: number, end: number): void {
  const n = end - begin;
  if (n <= FEW) {
    for (let i = begin; i < end; i++) {
      const mine = by[i] as number;
      let at = i;
      for (; at > begin && (by[order[at - 1] as number] as number) > mine; at--)
        order[at] = order[at - 1] as number;
      order[at] = i;
    }
    return;
  }
  if (n > PLACES) {
    for (let i = begin; i < end; i++) order[i] = i;
    order.subarray(begin, end).sort((a, b) => (by[a] as number) - (by[b] as number));
    return;
  }
  const packed = new Float64Array(n);
  for (let i = 0; i < n; i++) packed[i] = (by[begin + i] as number) * PLACES + i;
  // Without a comparison function doubles are sorted natively.
  packed.sort();
  for (let i = 0; i < n; i++) order[begin + i] = begin + ((packed[i] as number) % PLACES);
}
