/** Arrows of cycles: none runs through a box, none without a place, labels stand apart. */
import { expect, test } from 'vitest';
import { random } from '../../base/random.ts';
import { layOut } from './cycle-layout.ts';
import type { Arrow, Box } from './shown-cycle.ts';

/** Transactions of a few processes, one after the other in each. */
function boxesOf(seed: number): Box[] {
  const r = random(`layout/${seed}`);
  const rows = 1 + r.below(6);
  const ends = Array.from({ length: rows }, () => 0);
  return Array.from({ length: 2 + r.below(13) }, (_, i): Box => {
    const row = r.below(rows);
    const from = (ends[row] as number) + 1 + r.below(40) + i / 100;
    const to = from + 1 + r.below(60) + i / 1000;
    ends[row] = to;
    const lines = Array.from({ length: 1 + r.below(4) }, () => 'append 1 '.repeat(1 + r.below(3)));
    return { name: `T${i + 1}`, lines, row: `process ${row}`, from, to, fate: 'ok' };
  });
}

test('no arrow runs through a box that is not its own, whatever the cycle', () => {
  let around = 0;
  for (let seed = 0; seed < 60; seed++) {
    const boxes = boxesOf(seed);
    const arrows = boxes.map((_, from): Arrow => ({
      from,
      to: (from + 1) % boxes.length,
      kind: 'ww',
      label: `ww ${from}`,
      why: '',
    }));
    const layout = layOut({ boxes, arrows });
    for (const { path, head, from, to, at } of layout.arrows) {
      expect(`${path} ${head} ${at.join()}`, `seed ${seed}`).not.toMatch(/NaN|undefined/);
      expect(at[0]).toBeLessThanOrEqual(layout.width);
      if (!path.includes('Q')) continue;
      around++;
      const points = [...path.matchAll(/(-?[\d.]+),(-?[\d.]+)/g)].map(([, x, y]) => [+x!, +y!]);
      const others = layout.boxes.filter((_, i) => i !== from && i !== to);
      for (const [i, [x, y]] of points.slice(0, -1).entries() as Iterable<[number, number[]]>)
        for (let t = 0; t <= 1; t += 0.05) {
          const [u, v] = points[i + 1] as number[];
          const [px, py] = [x! + t * (u! - x!), y! + t * (v! - y!)];
          const inside = others.find(
            (box) => px > box.x && px < box.x + box.width && py > box.y && py < box.y + box.height,
          );
          expect(inside?.box.name, `seed ${seed}, ${from} to ${to}`).toBeUndefined();
        }
    }
  }
  expect(around).toBeGreaterThan(60);
});
