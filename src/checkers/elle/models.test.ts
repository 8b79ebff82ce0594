import { describe, expect, test } from 'vitest';
import { random } from '../../base/random.ts';
import { TXN_KINDS } from '../../history/packed/txns.ts';
import { judge, refutedBy } from './judge.ts';
import { judgeTxns } from './judge-transactions.ts';
import {
  MODEL_NAMES,
  judgeModels,
  mainName,
  refusal,
  refutedModels,
  strongestKept,
} from './models.ts';
import { LEVELS, runStore } from './store.case.ts';
import { columnsOf } from './txns.ts';

const BAD = ['G0', 'G1a', 'G1c', 'lost-update', 'internal', 'G-single-item', 'G2-item'].flatMap(
  (a) => (a.startsWith('G') ? [a, `${a}-process`, `${a}-realtime`] : [a]),
);

describe('consistency models', () => {
  test.each(MODEL_NAMES)('%s can be refuted by something that is found', (name) => {
    expect(refusal(name)).toBeUndefined();
    expect(BAD.some((anomaly) => refutedModels([anomaly]).has(mainName(name)))).toBe(true);
  });

  test.each(BAD)('what holds in spite of %s is refuted by nothing that it refutes', (anomaly) => {
    const refuted = refutedModels([anomaly]);
    const kept = strongestKept(refuted, ['strict-serializable']);
    expect(kept.filter((name) => refuted.has(name))).toEqual([]);
    expect(kept.length > 0 || anomaly === 'G0').toBe(true);
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

  describe('each name is refuted by a history', () => {
    const judged = LEVELS.flatMap((level) =>
      TXN_KINDS.flatMap((kind) =>
        [1, 2, 3].map((seed) => {
          const shape = { clients: 4, keys: 2, microsMax: 4, crashed: 0, aborted: 20 };
          const r = random(`models/${seed}`);
          return judge(columnsOf(runStore(r, { kind, level, txns: 60, ...shape }), kind));
        }),
      ),
    );

    test.each(MODEL_NAMES)('%s', (name) => {
      const bad = judged.find((each) => refutedBy(each, [name]).anomalies.length > 0);
      if (bad === undefined) throw new Error('no history refutes it');
      const verdict = judgeTxns(bad.inference.txns, { consistencyModels: [name] });
      expect(verdict.valid).toBe(false);
      expect(verdict.consistency?.refuted).toEqual([name]);
    });
  });
});
