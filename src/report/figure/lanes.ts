/** Bars with names, in as few lanes as they need without covering each other. */

/** An extent on the time axis of a drawing, in its units. */
export interface Extent {
  readonly from: number;
  readonly to: number;
}

/** The lane of each item, from 0; items in order of `from`. First lane that is free wins. */
export function lanesOf(items: readonly Extent[], gap: number): number[] {
  const ends: number[] = [];
  return items.map(({ from, to }) => {
    const free = ends.findIndex((end) => end + gap <= from);
    const lane = free < 0 ? ends.length : free;
    ends[lane] = to;
    return lane;
  });
}
