import { expect, test } from 'vitest';
import { type Ended, hermes, pathOf } from '../hermes.case.ts';

const ON_COUNTER = ['fuzz', '--system', pathOf('target.ts', import.meta.url)];

const fuzz = (env: Readonly<Record<string, string>>): Promise<Ended> =>
  hermes([...ON_COUNTER, ...'--nemesis none --nodes 3 --ops 600 --seed 1'.split(' ')], env);

test('hermes fuzz finds the race: two adds were answered with the same sum', async () => {
  const { code, document } = await fuzz({});
  expect(code).toBe(1);
  expect(document.valid).toBe(false);
  expect(document.anomalies[0]).toMatchObject({
    type: 'nonlinearizable',
    why: expect.stringContaining('lost'),
  });
});

test('and finds nothing once the increments take turns', async () => {
  const { code, document } = await fuzz({ COUNTER_FIXED: '1' });
  expect(code).toBe(0);
  expect(document.valid).toBe(true);
  expect(document.ops).toBeGreaterThanOrEqual(600);
});
