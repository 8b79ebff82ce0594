import { expect, test } from 'vitest';
import { random } from '../../base/random.ts';
import { type Call, callsByKey } from '../calls.ts';
import { CAS, type Columns, READ, isUnfit, registerColumns } from '../columns.ts';
import { builtInModel } from '../models/models.ts';
import { registerModel } from '../models/register.ts';
import { counterFamily, listFamily, randomEvents, registerFamily } from '../random-history.case.ts';
import { listPlaces } from './append-list.ts';
import { bruteForce } from './brute-force.ts';
import { counterPlaces } from './counter.ts';
import { PLANTS, measurePower, plantInCalls, plantInColumns, plantInPlaces } from './power.ts';
import { judgeChain } from './chain.ts';
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

test('what is planted into a register is a violation, and zones find it', () => {
  const planted = new Map(PLANTS.map((plant) => [plant, 0]));
  for (let i = 0; i < 1500; i++) {
    const events = randomEvents(random(`power/${i}`), registerFamily(0), {
      operationsMax: 14,
      sound: true,
    });
    const columns = registerColumns(callsByKey(events)[0]?.calls ?? [], null);
    if (isUnfit(columns)) throw new Error(columns.unfit);
    expect(judgeZones(columns).type).toBe('valid');
    for (const plant of PLANTS) {
      const changed = plantInColumns(columns, plant);
      if (changed === undefined) continue;
      planted.set(plant, (planted.get(plant) ?? 0) + 1);
      expect(judgeZones(changed).type, `${plant} in ${i}`).toBe('invalid');
      const model = registerModel({ initial: 0, nullIsZero: false });
      expect(bruteForce(asCalls(changed), model), `${plant} in ${i}`).toBe(false);
    }
  }
  for (const plant of PLANTS) expect(planted.get(plant), plant).toBeGreaterThan(100);
});

test.each([
  [counterFamily(1, 0), counterPlaces],
  [listFamily(10), listPlaces],
] as const)('what is planted into a %o is found', (family, placesOf) => {
  const planted = new Map(PLANTS.map((plant) => [plant, 0]));
  for (let i = 0; i < 500; i++) {
    const events = randomEvents(random(`power/${i}`), family, { operationsMax: 30, sound: true });
    const places = placesOf(callsByKey(events)[0]?.calls ?? [], family.initial);
    if (isUnfit(places) || 'conflict' in places) continue;
    for (const plant of PLANTS) {
      const changed = plantInPlaces(places, plant);
      if (changed === undefined) continue;
      planted.set(plant, (planted.get(plant) ?? 0) + 1);
      expect(judgeChain(changed).type, `${plant} in ${i}`).toBe('invalid');
    }
  }
  for (const plant of PLANTS) expect(planted.get(plant), plant).toBeGreaterThan(50);
});

test('what could be planted nowhere is said', () => {
  expect(measurePower([])).toEqual({ planted: 0, found: 0, impossible: [...PLANTS] });
  expect(measurePower([{ by: 'wgl', answer: { type: 'valid', order: [] } }]).planted).toBe(0);
});

test('into what was searched a phantom is planted, and found', () => {
  let planted = 0;
  for (const family of [registerFamily(3), listFamily(5)])
    for (let i = 0; i < 200; i++) {
      const shape = { operationsMax: 9, sound: true };
      const calls = callsByKey(randomEvents(random(`search/${i}`), family, shape))[0]?.calls ?? [];
      const kind = family.name.startsWith('list') ? 'list' : 'register';
      const model = builtInModel(kind, calls, family.initial);
      const changed = plantInCalls(calls);
      const power = measurePower([
        { by: 'wgl', answer: { type: 'valid', order: [] }, searched: { calls, model } },
      ]);
      expect(power.planted).toBe(changed === undefined ? 0 : 1);
      expect(power.found).toBe(power.planted);
      if (changed === undefined) continue;
      planted++;
      expect(bruteForce(changed, model)).toBe(false);
    }
  expect(planted).toBeGreaterThan(100);
});
