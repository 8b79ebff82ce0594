/** Planted violations: all over the history, each of them found, at a bounded price. */
import { describe, expect, test } from 'vitest';
import { random } from '../../base/random.ts';
import { OK, TXN_KINDS, type TxnKind, type Txns } from '../../history/packed/txns.ts';
import { judge } from './judge.ts';
import { forbiddenBy, refutedModels, refutes } from './models.ts';
import { hasNone } from './no-serial-order.ts';
import { plantsOf } from './plants.ts';
import { measurePower } from './power.ts';
import { runStore } from './store.case.ts';
import { projected } from './sub-history.ts';
import { columnsOf } from './txns.ts';
import { Writers } from './writers.ts';

function serial(kind: TxnKind, txns: number, seed = 1): Txns {
  const shape = { clients: 6, keys: 5, microsMax: 4, crashed: 1, aborted: 2, writesPerKey: 12 };
  const events = runStore(random(`power/${seed}`), { kind, level: 'serial', txns, ...shape });
  return columnsOf(events, kind);
}

describe.each(TXN_KINDS)('%s', (kind) => {
  const plants = plantsOf(kind);

  test.each([100, 4000])(
    '%i transactions: every kind is planted at three places, and found',
    (n) => {
      const power = measurePower(serial(kind, n), ['strict-serializable']);
      expect(power).toEqual({ planted: 3 * plants.length, found: 3 * plants.length, missed: [] });
    },
  );

  test.each(plants.map((plant) => [plant.name, plant] as const))(
    '%s is planted near the place that was asked for, and causes what it says',
    (_, { plant, causes }) => {
      const txns = serial(kind, 2000);
      const writers = new Writers(txns);
      for (const place of [0.1, 0.5, 0.9]) {
        const copy = plant(txns, { writers, place });
        if (copy === undefined) throw new Error('no place for it');
        const changed = firstChange(txns, copy) / txns.n;
        expect(Math.abs(changed - place), `at ${changed}`).toBeLessThan(0.1);
        const judged = judge(copy);
        const forbidden = forbiddenBy(['strict-serializable']);
        expect(
          [...judged.found.keys()].some((type) => refutes(type, forbidden)) || hasNone(judged),
          causes,
        ).toBe(true);
      }
    },
  );

  test('only what the models forbid is planted', () => {
    const weak = measurePower(serial(kind, 500), ['read-uncommitted']);
    expect(weak.planted).toBe(0);
    const committed = measurePower(serial(kind, 500), ['read-committed']);
    expect(committed.planted).toBe(6);
  });

  test('a valid history is valid for any of its keys; its columns keep their order', () => {
    const txns = serial(kind, 600);
    const keys = txns.keyNames.length;
    for (const [from, to] of [
      [0, keys],
      [0, 1],
      [keys >> 1, (keys >> 1) + 3],
      [keys - 2, keys],
    ] as const) {
      const part = projected(txns, from, to);
      expect(refutedModels(judge(part).found.keys()).size).toBe(0);
      expect(part.f.length).toBe(txns.key.filter((k) => k >= from && k < to).length);
      expect([...part.invoked]).toEqual([...part.invoked].toSorted((a, b) => a - b));
      // Barriers say exactly who had completed before whom.
      let wrong = 0;
      for (let a = 0; a < part.n; a++)
        for (let b = 0; b < part.n; b++) {
          const by = part.barrierOf[a] as number;
          const told = by >= 0 && (part.barrierFirst[by] as number) <= b;
          const ended = part.type[a] === OK && (part.completed[a] as number);
          if (told !== (ended !== false && ended < (part.invoked[b] as number))) wrong++;
        }
      expect(wrong).toBe(0);
    }
  });
});

/** Number of the first transaction that differs. */
function firstChange(a: Txns, b: Txns): number {
  const m = a.v.findIndex((v, i) => v !== b.v[i]);
  return m >= 0 ? (a.of[m] as number) : a.type.findIndex((type, t) => type !== b.type[t]);
}
