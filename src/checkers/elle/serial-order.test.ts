/** Serial orders: found exactly where there is one, and played through; none is told only with evidence. */
import { describe, expect, test } from 'vitest';
import { random } from '../../base/random.ts';
import type { HistoryEvent } from '../../history/event.ts';
import { TXN_KINDS, type TxnKind } from '../../history/packed/txns.ts';
import { judge } from './judge.ts';
import { judgeTxns } from './judge-transactions.ts';
import { refutedModels } from './models.ts';
import { NO_SERIAL_ORDER } from './no-serial-order.ts';
import { serialOrder } from './serial-order.ts';
import { LEVELS, type Level, corrupt, runStore } from './store.case.ts';
import { bruteSerial } from './twin.case.ts';
import { columnsOf } from './txns.ts';
import { verifyAnomalies } from './verify-anomaly.ts';
import { verifySerialOrder } from './verify-serial-order.ts';

const CASES = Number(process.env['HERMES_CASES'] ?? 1500);

function small(i: number, kind: TxnKind): HistoryEvent[] {
  const r = random(`serial-order/${i}`);
  const level = LEVELS[r.below(LEVELS.length)] as Level;
  const events = runStore(r, {
    kind,
    level,
    txns: 3 + r.below(5),
    clients: 1 + r.below(5),
    keys: 1 + r.below(3),
    microsMax: 3,
    crashed: r.below(2) * 20,
    aborted: r.below(2) * 15,
  });
  return r.below(3) === 0 ? corrupt(r, events) : events;
}

describe.each(TXN_KINDS)('%s', (kind) => {
  test('small histories: an order is found iff there is one, by trying them all', () => {
    const met = { found: 0, none: 0 };
    for (let i = 0; i < CASES; i++) {
      const events = small(i, kind);
      const txns = columnsOf(events, kind);
      const { inference, order: walked, found } = judge(txns);
      if (refutedModels(found.keys()).has('strong-serializable')) continue;
      const order = serialOrder(inference, walked);
      const said = `case ${i}: ${JSON.stringify(events)}`;
      expect('found' in order, said).toBe(bruteSerial(events, kind, true));
      if ('found' in order) {
        met.found++;
        expect(verifySerialOrder(txns, order.found), said).toBeUndefined();
      } else {
        met.none++;
        expect(order.missing, said).toBe('none');
      }
    }
    expect(met.found).toBeGreaterThan(CASES / 10);
    if (kind === 'rw-register') expect(met.none).toBeGreaterThan(CASES / 150);
    else expect(met.none).toBe(0);
  });

  test.each([
    ['few keys for ever', { keys: 3, clients: 12, microsMax: 3 }],
    ['many clients on many keys', { keys: 30, clients: 60, microsMax: 4, writesPerKey: 32 }],
    ['one key', { keys: 1, clients: 10, microsMax: 1 }],
    ['many unknown outcomes', { keys: 5, clients: 10, microsMax: 4, crashed: 5 }],
    ['long transactions', { keys: 8, clients: 10, microsMax: 12 }],
  ])('of a serial store the pass is proved: %s', (_, shape) => {
    const options = { kind, level: 'serial', crashed: 0.5, aborted: 2, txns: 4000 } as const;
    const events = runStore(random('serial-order/large'), { ...options, ...shape });
    const verdict = judgeTxns(columnsOf(events, kind));
    expect(verdict.valid).toBe(true);
    expect(verdict.checker).toContain('strong-serializable is proved');
  });
});

test('of a store that shows old versions Elle finds nothing; a few transactions show it, in a long history too', () => {
  let shown = 0;
  for (const txns of [40, 400, 4000])
    for (let i = 0; i < 8; i++) {
      const shape = { kind: 'rw-register', level: 'serial', clients: 5, keys: 4 } as const;
      const more = { microsMax: 3, crashed: 0, aborted: 2, writesPerKey: 20, txns };
      const events = corrupt(
        random(`old/${i}`),
        runStore(random(`old/${i}`), { ...shape, ...more }),
      );
      const columns = columnsOf(events, 'rw-register');
      const verdict = judgeTxns(columns);
      if (verdict.valid !== false || verdict.anomalies[0]?.type !== NO_SERIAL_ORDER) continue;
      shown++;
      const [anomaly] = verdict.anomalies;
      expect(verdict.consistency).toMatchObject({ not: ['strong-serializable'], alsoNot: [] });
      expect(anomaly.operations.length).toBeLessThan(8);
      expect(judgeTxns(columns, { verdictOnly: true }).valid).toBe(false);
      expect(judgeTxns(columns, { consistencyModels: ['serializable'] }).valid).toBe(true);
      // One less of them has an order.
      const { operations } = anomaly;
      for (const gone of operations)
        expect(
          verifyAnomalies(columns, [
            { ...anomaly, operations: operations.filter((event) => event !== gone) },
          ]),
        ).toBe('no-serial-order: they have a serial order');
    }
  expect(shown).toBeGreaterThan(5);
});
