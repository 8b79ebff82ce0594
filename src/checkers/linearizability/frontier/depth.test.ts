/** Depth first: the same answers as brute force, whatever the model, and where breadth gives up. */
import { describe, expect, test } from 'vitest';
import { random } from '../../../base/random.ts';
import { type Call, callsByKey, isUnknown } from '../../calls.ts';
import type { Model } from '../../checker.ts';
import { type ObjectKind, builtInModel } from '../../models/models.ts';
import {
  type Family,
  listFamily,
  multiRegisterFamily,
  mutexFamily,
  queueFamily,
  randomEvents,
  registerFamily,
  setFamily,
  stackFamily,
  textFamily,
} from '../../random-history.case.ts';
import { bruteForce } from '../brute-force.ts';
import { verifyLinearization } from '../verify.ts';
import { type FrontierAnswer, type RungName, judgeFrontier } from './judge.ts';
import { modelTask } from './model-task.ts';

const FAMILIES: readonly (readonly [ObjectKind, Family])[] = [
  ['stack', stackFamily(0)],
  ['stack', stackFamily(2, true)],
  ['queue', queueFamily(true, 0)],
  ['queue', queueFamily(true, 2, true)],
  ['bag', queueFamily(false, 2)],
  ['list', listFamily(0)],
  ['set', setFamily(true)],
  ['register', registerFamily(3)],
  ['text', textFamily()],
  ['mutex', mutexFamily()],
  ['multi-register', multiRegisterFamily()],
];

function judged(calls: readonly Call[], model: Model, rung: RungName): FrontierAnswer {
  const late: Model = { ...model, observed: 'late' };
  return judgeFrontier(modelTask(calls, late), { wantOrder: true }, rung);
}

describe('any model, told to be observed late', () => {
  test.each(FAMILIES)('%s, %o', (kind, family) => {
    const counts = { valid: 0, invalid: 0 };
    for (let i = 0; i < 2000; i++) {
      const events = randomEvents(random(`depth/${i}`), family);
      const { calls } = callsByKey(events)[0] ?? { calls: [] };
      const plain = builtInModel(kind, [], family.initial);
      const model = builtInModel(kind, calls, family.initial);
      const right = bruteForce(calls, plain);
      const { answer, rung } = judged(calls, model, 'depth');
      expect(rung).toBe('depth');
      expect(answer.type, `seed ${i}`).toBe(right ? 'valid' : 'invalid');
      if (answer.type === 'valid')
        expect(verifyLinearization(calls, answer.order, plain), `seed ${i}`).toBeUndefined();
      counts[right ? 'valid' : 'invalid']++;
    }
    expect(Math.min(counts.valid, counts.invalid)).toBeGreaterThan(100);
  });
});

describe('a stack', () => {
  const shape = { operationsMin: 2000, operationsMax: 2000, processesMax: 5, sound: true };
  const longOnes = Array.from({ length: 8 }, (_, i) => {
    const events = randomEvents(random(`deep/${i}`), stackFamily(0), shape);
    return (callsByKey(events)[0] as { calls: readonly Call[] }).calls;
  }).filter((calls) => calls.filter(isUnknown).length < 6);

  test('of thousands of operations', () => {
    expect(longOnes.length).toBeGreaterThan(1);
    for (const calls of longOnes) {
      const model = builtInModel('stack', calls, null);
      const { answer } = judged(calls, model, 'depth');
      expect(answer.type).toBe('valid');
      if (answer.type === 'valid')
        expect(verifyLinearization(calls, answer.order, model)).toBeUndefined();
    }
  });

  test('the limit is a number of configurations; the place where the search stands is told', () => {
    const calls = longOnes.find((each) => each.length > 500) as readonly Call[];
    const model = builtInModel('stack', calls, null);
    const { answer } = judgeFrontier(modelTask(calls, model), { limits: { steps: 200 } }, 'depth');
    expect(answer).toMatchObject({ type: 'undecided', reason: 'budget' });
    const { at, width } = answer as Extract<typeof answer, { type: 'undecided' }>;
    expect(at).toBeGreaterThan(0);
    expect(width).toBeGreaterThan(0);
    const memory = judgeFrontier(modelTask(calls, model), { limits: { bytes: 2000 } }, 'depth');
    expect(memory.answer).toMatchObject({ type: 'undecided', reason: 'memory' });
  });
});
