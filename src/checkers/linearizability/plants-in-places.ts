/** Copies of the places of a counter or a list with one violation each. */
import { NEVER } from '../calls.ts';
import { MADE, type Places, SAW } from './chain.ts';
import { fromMiddle, middle, type Plant, rowsWhere } from './plant.ts';

/** A copy of the places with the violation, or undefined. */
export function plantInPlaces(p: Places, plant: Plant): Places | undefined {
  const reads = rowsWhere(p.n, (i) => p.kind[i] === SAW);
  const adds = rowsWhere(p.n, (i) => p.kind[i] === MADE && p.ret[i] !== NEVER);
  switch (plant) {
    case 'phantom': {
      const i = middle(reads);
      return i === undefined ? undefined : withPlace(p, [[i, p.n + 1]]);
    }
    case 'lost update': {
      const [i, j] = [middle(adds), adds.at(-1)];
      return i === undefined || j === undefined || i === j
        ? undefined
        : withPlace(p, [[j, p.place[i] as number]]);
    }
    case 'stale read': {
      const known = [...reads, ...adds];
      for (const i of fromMiddle(reads, p.n)) {
        let least = 0;
        for (const k of known)
          if ((p.ret[k] as number) < (p.call[i] as number))
            least = Math.max(least, p.place[k] as number);
        if (least > 0) return withPlace(p, [[i, least - 1]]);
      }
      return undefined;
    }
    case 'reordered pair': {
      for (const x of fromMiddle(reads, p.n)) {
        const y = reads.find(
          (later) =>
            (p.call[later] as number) > (p.ret[x] as number) &&
            (p.place[x] as number) < (p.place[later] as number),
        );
        if (y === undefined) continue;
        return withPlace(p, [
          [x, p.place[y] as number],
          [y, p.place[x] as number],
        ]);
      }
      return undefined;
    }
  }
}

function withPlace(p: Places, changes: readonly (readonly [number, number])[]): Places {
  const place = p.place.slice();
  for (const [i, q] of changes) place[i] = q;
  return { ...p, place };
}
