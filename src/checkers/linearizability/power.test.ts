import { describe, expect, test } from 'vitest';
import { random } from '../../base/random.ts';
import { type Call, callsByKey } from '../calls.ts';
import { CAS, type Columns, READ, isUnfit, registerColumns } from '../columns.ts';
import { type ObjectKind, builtInModel } from '../models/models.ts';
import { registerModel } from '../models/register.ts';
import {
  type Family,
  counterFamily,
  listFamily,
  multiRegisterFamily,
  mutexFamily,
  queueFamily,
  randomEvents,
  registerFamily,
  setFamily,
  stackFamily,
  textFamily,
} from '../random-history.case.ts';
import { listPlaces } from './append-list.ts';
import { bruteForce } from './brute-force.ts';
import { judgeChain } from './chain.ts';
import { counterPlaces } from './counter.ts';
import { judgeKey } from './judge-key.ts';
import { PLANTS, type Plant } from './plant.ts';
import { plantInCalls } from './plants-in-calls.ts';
import { plantInColumns } from './plants-in-columns.ts';
import { plantInPlaces } from './plants-in-places.ts';
import { measurePower } from './power.ts';
import { judgeZones } from './zones.ts';

/** Columns as operations again, values being their ids. */
function asCalls(c: Columns): Call[] {
  return Array.from({ length: c.n }, (_, i) => {
    const f = c.f[i] === READ ? 'read' : c.f[i] === CAS ? 'cas' : 'write';
    const value = f === 'cas' ? [c.a[i] as number, c.b[i] as number] : (c.a[i] as number);
    const base = { index: i, process: i, f, key: 1, value, time: 0 };
    const ret = c.ret[i] as number;
    return {
      invoke: { ...base, type: 'invoke' as const },
      end: ret === 0x7fff_ffff ? undefined : { ...base, type: 'ok' as const },
      call: c.call[i] as number,
      ret,
    };
  });
}

const none = (): Map<Plant, number> => new Map(PLANTS.map((plant) => [plant, 0]));
const count = (planted: Map<Plant, number>, plant: Plant): unknown =>
  planted.set(plant, (planted.get(plant) ?? 0) + 1);

test.each([registerFamily(0), registerFamily(2), registerFamily(4, 2)])(
  'what is planted into a %o is a violation',
  (family) => {
    const planted = none();
    for (let i = 0; i < 1500; i++) {
      const shape = { operationsMax: 14, sound: true };
      const events = randomEvents(random(`power/${i}`), family, shape);
      const columns = registerColumns(callsByKey(events)[0]?.calls ?? [], family.initial);
      if (isUnfit(columns)) continue;
      for (const plant of PLANTS) {
        const changed = plantInColumns(columns, plant);
        if (changed === undefined) continue;
        count(planted, plant);
        const zones = judgeZones(changed).type;
        if (zones !== 'not-applicable') expect(zones, `${plant} in ${i}`).toBe('invalid');
        const model = registerModel({ initial: 0, nullIsZero: false });
        expect(bruteForce(asCalls(changed), model), `${plant} in ${i}`).toBe(false);
      }
    }
    for (const plant of PLANTS) expect(planted.get(plant), plant).toBeGreaterThan(40);
  },
);

test.each([
  [counterFamily(1, 0), counterPlaces],
  [listFamily(10), listPlaces],
] as const)('what is planted into a %o is found', (family, placesOf) => {
  const planted = none();
  for (let i = 0; i < 500; i++) {
    const events = randomEvents(random(`power/${i}`), family, { operationsMax: 30, sound: true });
    const places = placesOf(callsByKey(events)[0]?.calls ?? [], family.initial);
    if (isUnfit(places) || 'conflict' in places) continue;
    for (const plant of PLANTS) {
      const changed = plantInPlaces(places, plant);
      if (changed === undefined) continue;
      count(planted, plant);
      expect(judgeChain(changed).type, `${plant} in ${i}`).toBe('invalid');
    }
  }
  for (const plant of PLANTS) expect(planted.get(plant), plant).toBeGreaterThan(50);
});

/** What can be planted where no columns and no places tell more. */
const IN_CALLS: readonly (readonly [ObjectKind, Family, readonly Plant[]])[] = [
  ['mutex', mutexFamily(), ['lost update']],
  ['queue', queueFamily(true, 0), ['phantom', 'lost update', 'reordered pair']],
  ['bag', queueFamily(false, 0), ['phantom', 'lost update']],
  ['stack', stackFamily(0), ['phantom', 'lost update']],
  ['set', setFamily(false), PLANTS],
  ['list', listFamily(5), PLANTS],
  ['multi-register', multiRegisterFamily(), ['phantom']],
  ['text', textFamily(), ['phantom']],
];

describe.each(IN_CALLS)('%s', (kind, family, possible) => {
  test('what is planted is a violation, and the algorithm that judged finds it', () => {
    const planted = none();
    for (let i = 0; i < 600; i++) {
      const shape = { operationsMax: 11, sound: true };
      const events = randomEvents(random(`power/${i}`), family, shape);
      const { calls } = callsByKey(events)[0] ?? { calls: [] };
      const { initial } = family;
      const model = builtInModel(kind, calls, initial);
      const judged = judgeKey({ calls, kind, initial, model, algorithm: 'auto', limits: {} });
      expect(judged.answer.type).toBe('valid');
      for (const plant of PLANTS) {
        const changed = plantInCalls(calls, kind, plant);
        if (changed === undefined) continue;
        count(planted, plant);
        const plain = builtInModel(kind, [], initial);
        expect(bruteForce(changed, plain), `${plant} in ${i}`).toBe(false);
      }
      const { planted: tried, found } = measurePower([judged]);
      expect(found).toBe(tried);
    }
    for (const plant of PLANTS)
      if (possible.includes(plant)) expect(planted.get(plant), plant).toBeGreaterThan(20);
      else expect(planted.get(plant), plant).toBe(0);
  });
});

test('what could be planted nowhere is said', () => {
  expect(measurePower([])).toEqual({ planted: 0, found: 0, impossible: [...PLANTS] });
  expect(measurePower([{ by: 'wgl', answer: { type: 'valid', order: [] } }]).planted).toBe(0);
});

test('a checker that finds nothing has no power', () => {
  const { calls } = callsByKey(
    randomEvents(random('power/1'), registerFamily(3), { operationsMin: 9, sound: true }),
  )[0] as { calls: readonly Call[] };
  const blind = {
    calls,
    kind: 'register' as const,
    judge: () => ({ type: 'valid' as const, order: [] }),
  };
  const power = measurePower([
    { by: 'wgl', answer: { type: 'valid', order: [] }, searched: blind },
  ]);
  expect(power).toMatchObject({ planted: 1, found: 0 });
});
