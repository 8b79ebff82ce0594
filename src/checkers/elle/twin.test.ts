/** Fast against slow on small random histories; HERMES_CASES raises how many. */
import { describe, expect, test } from 'vitest';
import { random } from '../../base/random.ts';
import type { HistoryEvent } from '../../history/event.ts';
import { judge, refutedBy } from './judge.ts';
import { judgeTransactions } from './judge-transactions.ts';
import { impliedBy, refutedModels } from './models.ts';
import { LEVELS, type Level, corrupt, runStore } from './store.case.ts';
import { bruteSerial, twinCycles } from './twin.case.ts';
import { type TxnKind, TXN_KINDS } from '../../history/packed/txns.ts';
import { columnsOf } from './txns.ts';
import { verifyAnomalies } from './verify-anomaly.ts';

const CASES = Number(process.env['HERMES_CASES'] ?? 1500);

interface Case {
  readonly kind: TxnKind;
  readonly level: Level;
  readonly damaged: boolean;
  readonly events: HistoryEvent[];
}

function makeCase(i: number, txnsMax = 6): Case {
  const r = random(`elle/${i}`);
  const kind = TXN_KINDS[i % 2] as TxnKind;
  const level = LEVELS[r.below(LEVELS.length)] as Level;
  const events = runStore(r, {
    kind,
    level,
    txns: 3 + r.below(txnsMax - 2),
    clients: 1 + r.below(4),
    keys: 1 + r.below(3),
    microsMax: 4,
    crashed: r.below(2) * 20,
    aborted: r.below(2) * 15,
  });
  const damaged = r.below(3) === 0;
  return { kind, level, damaged, events: damaged ? corrupt(r, events) : events };
}

const CYCLE = /^(G0|G1c|G-single-item|G-nonadjacent-item|G2-item)(-process|-realtime)?$/;

function cyclesAmong(names: Iterable<string>): string[] {
  return [...impliedBy([...names].filter((name) => CYCLE.test(name)))]
    .filter((name) => CYCLE.test(name))
    .toSorted();
}

describe('small random histories', () => {
  test('classes of cycles are those of all simple cycles', () => {
    const met = new Map<string, number>();
    for (let i = 0; i < CASES; i++) {
      const { kind, events } = makeCase(i);
      const found = cyclesAmong(judge(columnsOf(events, kind)).found.keys());
      const slow = cyclesAmong(twinCycles(events, kind));
      expect(found, `case ${i}: ${JSON.stringify(events)}`).toEqual(slow);
      for (const name of slow) met.set(name, (met.get(name) ?? 0) + 1);
    }
    // A class that never occurs is not tested.
    for (const name of ['G0', 'G1c', 'G-single-item', 'G2-item', 'G-single-item-realtime'])
      expect(met.get(name) ?? 0, name).toBeGreaterThan(3);
  });

  test('what has a serial order is not refuted; a list without one is', () => {
    let serial = 0;
    let broken = 0;
    for (let i = 0; i < CASES; i++) {
      const { kind, events } = makeCase(i, 5);
      const { found } = judge(columnsOf(events, kind));
      const refuted = refutedModels(found.keys());
      for (const realtime of [true, false]) {
        const model = realtime ? 'strong-serializable' : 'serializable';
        const order = bruteSerial(events, kind, realtime);
        if (order) serial++;
        else broken++;
        if (order)
          expect(refuted.has(model), `${model}, case ${i}: ${JSON.stringify(events)}`).toBe(false);
        else if (kind === 'list-append')
          expect(refuted.has(model), `${model}, case ${i}: ${JSON.stringify(events)}`).toBe(true);
      }
    }
    expect(Math.min(serial, broken)).toBeGreaterThan(CASES / 10);
  });

  test('a store never breaks what it promises', () => {
    const promises: Partial<Record<Level, string>> = {
      serial: 'strong-serializable',
      si: 'snapshot-isolation',
      rc: 'read-committed',
    };
    for (let i = 0; i < CASES; i++) {
      const { kind, level, damaged, events } = makeCase(i, 30);
      // Lists of that store show own appends before they have their place.
      if (kind === 'list-append' && level === 'rc') continue;
      const promised = damaged ? undefined : promises[level];
      if (promised === undefined) continue;
      const { found } = judge(columnsOf(events, kind));
      expect(refutedModels(found.keys()).has(promised), `case ${i}: ${[...found.keys()]}`).toBe(
        false,
      );
    }
  });

  test.each([[[]], [['wfr-keys']], [['sequential-keys']], [['linearizable-keys']]] as const)(
    'a serial store is valid under %j, and every pass and every piece of evidence holds',
    (assumed) => {
      const verdicts = new Map<string, number>();
      for (let i = 0; i < CASES / 2; i++) {
        const { kind, level, damaged, events } = makeCase(i, 25);
        const history = { header: { hermes: 1 as const }, events, nemesis: [] };
        const verdict = judgeTransactions(history, { kind, keyAssumptions: assumed });
        verdicts.set(String(verdict.valid), (verdicts.get(String(verdict.valid)) ?? 0) + 1);
        const said = `case ${i}: ${'why' in verdict ? verdict.why : ''} ${JSON.stringify(events)}}`;
        if (level === 'serial' && !damaged) expect(verdict.valid, said).not.toBe(false);
        if (verdict.valid === 'unknown') expect(verdict.reason, said).toBe('nothing-to-check');
        if (verdict.valid === true) expect(verdict.weak ?? verdict.power, said).toBeTruthy();
      }
      expect(Math.min(verdicts.get('true') ?? 0, verdicts.get('false') ?? 0)).toBeGreaterThan(
        CASES / 50,
      );
    },
  );

  test('evidence that was tampered with is refused', () => {
    let tampered = 0;
    for (let i = 0; i < CASES / 4; i++) {
      const { kind, events } = makeCase(i, 15);
      const txns = columnsOf(events, kind);
      const { anomalies } = refutedBy(judge(txns), ['strict-serializable']);
      for (const anomaly of anomalies) {
        expect(
          verifyAnomalies(txns, [anomaly]),
          `case ${i}: ${JSON.stringify(anomaly)} ${JSON.stringify(events)}`,
        ).toBeUndefined();
        const cycle = anomaly.detail?.['cycle'] as readonly { kind: string }[] | undefined;
        if (cycle === undefined) continue;
        const turned = { ...anomaly, detail: { cycle: cycle.toReversed() } };
        if (cycle.length > 2) expect(verifyAnomalies(txns, [turned])).toBeDefined();
        const renamed = { ...anomaly, type: anomaly.type.startsWith('G0') ? 'G1c' : 'G0' };
        expect(verifyAnomalies(txns, [renamed])).toBeDefined();
        tampered++;
      }
    }
    expect(tampered).toBeGreaterThan(10);
  });
});
