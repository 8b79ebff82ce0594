import { describe, expect, test } from 'vitest';
import { MODEL_NAMES, judgeModels, mainName, refusal, refutedModels } from './models.ts';

const BAD = ['G0', 'G1a', 'G1c', 'lost-update', 'internal', 'G-single-item', 'G2-item'].flatMap(
  (a) => (a.startsWith('G') ? [a, `${a}-process`, `${a}-realtime`] : [a]),
);

describe('consistency models', () => {
  test.each(MODEL_NAMES)('%s can be refuted by something that is found', (name) => {
    expect(refusal(name)).toBeUndefined();
    expect(BAD.some((anomaly) => refutedModels([anomaly]).has(mainName(name)))).toBe(true);
  });

  test.each(['linearizable', 'sequential', 'causal', 'PRAM', '1SR', 'serialisable', ''])(
    '%j has no rule and is refused',
    (name) => expect(refusal(name)).toContain('no rule'),
  );

  test.each([
    ['G-single-item', ['consistent-view', 'repeatable-read']],
    ['G-nonadjacent-item', ['repeatable-read', 'snapshot-isolation']],
    ['lost-update', ['cursor-stability', 'update-atomic']],
    ['G1a', ['read-committed']],
    ['G0-realtime', ['strong-read-uncommitted']],
    ['G-single-item-realtime', ['strong-snapshot-isolation']],
    ['internal', ['read-atomic']],
  ])('%s refutes %j first of all', (anomaly, not) => {
    expect(judgeModels([anomaly]).not).toEqual(not);
  });
});
