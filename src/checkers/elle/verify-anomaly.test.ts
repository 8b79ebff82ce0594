/** Evidence of every type is accepted as it is, and refused once it names something else. */
import { describe, expect, test } from 'vitest';
import type { Value } from '../../base/operation.ts';
import { random } from '../../base/random.ts';
import type { HistoryEvent } from '../../history/event.ts';
import { TXN_KINDS, type TxnKind, type Txns } from '../../history/packed/txns.ts';
import type { Anomaly } from '../verdict.ts';
import { judge, refutedBy } from './judge.ts';
import { LEVELS, type Level, corrupt, runStore } from './store.case.ts';
import { columnsOf } from './txns.ts';
import { verifyAnomalies } from './verify-anomaly.ts';
import { type KeyAssumption, KEY_ASSUMPTIONS } from './version-order.ts';

interface Case {
  readonly txns: Txns;
  readonly assumed: readonly KeyAssumption[];
  readonly anomaly: Anomaly;
}

function casesOf(txns: Txns, assumed: readonly KeyAssumption[] = []): Case[] {
  const { anomalies } = refutedBy(judge(txns, assumed), ['strict-serializable']);
  return anomalies.map((anomaly) => ({ txns, assumed, anomaly }));
}

function fromStores(count: number): Case[] {
  return Array.from({ length: count }, (_, i) => {
    const r = random(`evidence/${i}`);
    const kind = TXN_KINDS[i % 2] as TxnKind;
    const level = LEVELS[r.below(LEVELS.length)] as Level;
    const shape = { clients: 4, keys: 3, microsMax: 4, crashed: 5, aborted: 15 };
    const events = runStore(r, { kind, level, txns: 30, ...shape });
    const assumed = kind === 'rw-register' ? [KEY_ASSUMPTIONS[(i >> 1) % 3] as KeyAssumption] : [];
    return casesOf(columnsOf(r.below(2) === 0 ? corrupt(r, events) : events, kind), assumed);
  }).flat();
}

/** One transaction after the other, each with what it read. */
function serial(...txns: readonly (readonly Value[])[]): HistoryEvent[] {
  return txns.flatMap((value, i) =>
    (['invoke', 'ok'] as const).map((type, at) => ({
      index: 2 * i + at,
      process: 0,
      type,
      f: 'txn' as const,
      value,
      time: 2 * i + at,
    })),
  );
}

const CASES = [
  ...fromStores(150),
  ...casesOf(columnsOf(serial([['append', 1, 5]], [['r', 1, [5, 5]]]), 'list-append')),
  ...casesOf(
    columnsOf(
      serial(
        [['w', 1, 2]],
        [
          ['r', 1, 7],
          ['w', 1, 7],
        ],
      ),
      'rw-register',
    ),
  ),
  ...casesOf(
    columnsOf(
      serial(
        [['append', 1, 2]],
        [
          ['r', 1, [2, 7]],
          ['append', 1, 7],
        ],
      ),
      'list-append',
    ),
  ),
  ...casesOf(columnsOf(serial([['append', 1, 2]], [['r', 1, [2, 9]]]), 'list-append')),
  ...casesOf(
    columnsOf(
      serial(
        [
          ['r', 1, 2],
          ['w', 1, 1],
        ],
        [
          ['r', 1, 1],
          ['w', 1, 2],
        ],
      ),
      'rw-register',
    ),
    ['wfr-keys'],
  ),
];

const verified = ({ txns, assumed }: Case, anomaly: Anomaly): string | undefined =>
  verifyAnomalies(txns, [anomaly], assumed);

const TYPES = [
  'internal',
  'G1a',
  'G1b',
  'dirty-update',
  'lost-update',
  'duplicate-elements',
  'incompatible-order',
  'garbage-read',
  'future-read',
  'cyclic-versions',
  'G0',
  'G1c',
  'G-single-item',
  'G-single-item-realtime',
  'G2-item',
];

describe.each(TYPES)('%s', (type) => {
  const own = CASES.filter(({ anomaly }) => anomaly.type === type);

  test('is met, and accepted', () => {
    expect(own.length).toBeGreaterThan(0);
    for (const each of own) expect(verified(each, each.anomaly)).toBeUndefined();
  });

  test('is refused of transactions that have nothing to do with it, and of a key that nobody used', () => {
    for (const each of own) {
      const { anomaly, txns } = each;
      if (anomaly.detail?.['cycle'] !== undefined) continue;
      if (type !== 'cyclic-versions') {
        const other = strangers(txns, anomaly.key);
        if (other.length > 1)
          expect(verified(each, { ...anomaly, operations: other })).toBeDefined();
      }
      expect(verified(each, { ...anomaly, key: 'nobody' })).toBeDefined();
    }
  });

  test('is refused under another name', () => {
    for (const each of own) {
      const { anomaly } = each;
      const renamed = { ...anomaly, type: type.startsWith('G1c') ? 'G0' : 'G1c' };
      expect(verified(each, renamed)).toBeDefined();
      expect(verified(each, { ...anomaly, type: 'dirty-write' })).toBeDefined();
    }
  });
});

test('each edge of a cycle is looked up: another kind, another end, another value is refused', () => {
  let tried = 0;
  for (const each of CASES) {
    const { anomaly } = each;
    const steps = anomaly.detail?.['cycle'] as readonly Record<string, unknown>[] | undefined;
    if (steps === undefined) continue;
    for (const [i, step] of steps.entries()) {
      const changed = (more: object): Anomaly => ({
        ...anomaly,
        detail: { ...anomaly.detail, cycle: steps.with(i, { ...step, ...more }) },
      });
      expect(verified(each, changed({ to: step['from'] }))).toBeDefined();
      if (step['key'] !== undefined) {
        expect(verified(each, changed({ key: 'nobody' }))).toBeDefined();
        const named = step['kind'] === 'wr' ? 'value' : 'next';
        expect(verified(each, changed({ [named]: 987_654 }))).toBeDefined();
      }
      tried++;
    }
  }
  expect(tried).toBeGreaterThan(300);
});

test('cyclic versions hold under their assumption only, and each step of them', () => {
  const cyclic = CASES.filter(({ anomaly }) => anomaly.type === 'cyclic-versions');
  expect(new Set(cyclic.map(({ assumed }) => assumed[0]))).toEqual(new Set(KEY_ASSUMPTIONS));
  for (const each of cyclic) {
    const steps = each.anomaly.detail?.['versions'] as readonly { from: Value; to: Value }[];
    expect(verifyAnomalies(each.txns, [each.anomaly], [])).toBeDefined();
    const detail = (versions: readonly object[]): Anomaly => ({
      ...each.anomaly,
      detail: { ...each.anomaly.detail, versions },
    });
    expect(verified(each, detail(steps.slice(1)))).toBeDefined();
    expect(verified(each, detail([]))).toBeDefined();
    const [first] = steps;
    expect(
      verified(
        each,
        detail([
          { ...first, to: 987_654 },
          { from: 987_654, to: first?.from },
        ]),
      ),
    ).toBeDefined();
  }
});

/** Invocations of transactions that did nothing to the key. */
function strangers(txns: Txns, key: Anomaly['key']): number[] {
  const touched = new Set<number>();
  for (let m = 0; m < txns.key.length; m++)
    if (txns.keyNames[txns.key[m] as number] === key) touched.add(txns.of[m] as number);
  return Array.from({ length: txns.n }, (_, t) => t)
    .filter((t) => !touched.has(t))
    .slice(0, 2)
    .map((t) => txns.invoked[t] as number);
}
