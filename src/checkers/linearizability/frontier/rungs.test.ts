/** Each rung alone: it may not say what it cannot prove, and none is idle. */
import { expect, test } from 'vitest';
import { random } from '../../../base/random.ts';
import { callsByKey } from '../../calls.ts';
import { isUnfit, registerColumns, seesAdd } from '../../columns.ts';
import { registerModel } from '../../models/register.ts';
import { randomEvents, registerFamily } from '../../random-history.case.ts';
import { bruteForce } from '../brute-force.ts';
import { verifyLinearization } from '../verify.ts';
import { type RungName, judgeFrontier } from './judge.ts';
import { registerTask } from './register-task.ts';
import { Search } from './search.ts';
import { hasLost } from './task.ts';

type OfRegisters = Exclude<RungName, 'depth'>;

const RUNGS: Readonly<Record<OfRegisters, { valid: boolean; invalid: boolean }>> = {
  widening: { valid: true, invalid: true },
  exact: { valid: true, invalid: true },
  'when needed': { valid: true, invalid: false },
  relaxed: { valid: false, invalid: true },
  ranked: { valid: true, invalid: false },
};

test.each(Object.keys(RUNGS) as OfRegisters[])('%s', (rung) => {
  const counts = { valid: 0, invalid: 0, undecided: 0, 'not-applicable': 0 };
  for (const family of [registerFamily(2), registerFamily(4, 2)])
    for (let i = 0; i < 3000; i++) {
      const { calls } = callsByKey(randomEvents(random(`rungs/${rung}/${i}`), family))[0] ?? {
        calls: [],
      };
      const columns = registerColumns(calls, family.initial);
      if (isUnfit(columns)) continue;
      const found = judgeFrontier(registerTask(columns), { wantOrder: true }, rung);
      if (found === undefined) continue;
      const { answer } = found;
      counts[answer.type]++;
      const model = registerModel({ initial: family.initial, nullIsZero: seesAdd(calls) });
      if (answer.type === 'valid')
        expect(verifyLinearization(calls, answer.order, model)).toBeUndefined();
      if (answer.type !== 'undecided')
        expect(bruteForce(calls, model), `seed ${i}`).toBe(answer.type === 'valid');
    }
  expect(counts.valid > 100).toBe(RUNGS[rung].valid);
  expect(counts.invalid > 100).toBe(RUNGS[rung].invalid);
});

test('one configuration at first: more near the returns that cannot be passed', () => {
  const counts = { valid: 0, invalid: 0, mended: 0 };
  const family = registerFamily(3, 1);
  const shape = { operationsMin: 6, operationsMax: 9, processesMax: 5 };
  for (let i = 0; i < 6000; i++) {
    const events = randomEvents(random(`widening/${i}`), family, shape);
    const { calls } = callsByKey(events)[0] ?? { calls: [] };
    const columns = registerColumns(calls, family.initial);
    if (isUnfit(columns)) continue;
    const task = registerTask(columns);
    if (hasLost(task)) continue;
    const found = (...beams: number[]): ReturnType<Search['run']> =>
      new Search(task, {
        ...{ lost: 'never', comparison: 'exact', steps: 1e6, bytes: 1e9, trails: false },
        beams,
      }).run();
    const right = bruteForce(calls, registerModel({ initial: family.initial, nullIsZero: false }));
    const widened = found(1, 2, Infinity);
    expect(widened.type, `seed ${i}`).toBe(right ? 'survived' : 'died');
    if (widened.type === 'died') expect(widened.cut, `seed ${i}`).toBe(false);
    counts[right ? 'valid' : 'invalid']++;
    if (right && found(1).type === 'died') counts.mended++;
  }
  expect(Math.min(counts.valid, counts.invalid)).toBeGreaterThan(500);
  expect(counts.mended).toBeGreaterThan(10);
});
