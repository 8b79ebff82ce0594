import { expect, test } from 'vitest';
import type { Verdict } from '../checkers/verdict.ts';
import type { Fault } from '../faults/fault.ts';
import type { HistoryEvent } from '../history/event.ts';
import type { RunFolder } from '../history/store.ts';
import type { FaultRecord } from './nemesis-run.ts';
import type { Plan } from './plan.ts';
import { type ResultParts, evidenceOf, makeResults } from './results.ts';
import { Tally } from './tally.ts';

const MS = 1e6;
const event = (
  index: number,
  process: number,
  type: HistoryEvent['type'],
  more: Partial<HistoryEvent> = {},
): HistoryEvent => ({
  index,
  process,
  type,
  f: 'write',
  key: 1,
  value: index,
  node: `n${process + 1}`,
  time: index * MS,
  ...more,
});

const EVENTS: HistoryEvent[] = [
  event(0, 0, 'invoke'),
  event(1, 1, 'invoke', { f: 'cas', value: [1, 2] }),
  event(2, 0, 'ok'),
  event(3, 1, 'fail', { f: 'cas', value: [1, 2], error: 'mismatch', observed: 0 }),
  event(4, 0, 'invoke'),
  event(5, 0, 'info', { error: 'timeout after 1500 ms' }),
];

const FAULT = {
  id: 1,
  kind: 'partition',
  shape: 'one',
  atNs: 0,
  forNs: MS,
  nodes: ['n1'],
  links: [['n1', 'n2']],
  params: {},
} as const satisfies Fault;

const record = (more: Partial<FaultRecord>): FaultRecord => ({
  fault: FAULT,
  nodes: ['n1'],
  links: [['n1', 'n2']],
  startNs: 1 * MS,
  endNs: 1.5 * MS,
  stopNs: 2 * MS,
  counters: { packets: 3 },
  bitten: true,
  error: undefined,
  ...more,
});

function partsOf(verdict: Verdict, faults: readonly FaultRecord[] = []): ResultParts {
  const tally = new Tally();
  const open = new Map<unknown, HistoryEvent>();
  for (const e of EVENTS) {
    tally.take(e, open.get(e.process));
    if (e.type === 'invoke') open.set(e.process, e);
    else open.delete(e.process);
  }
  return {
    plan: {
      seed: 7,
      workload: { name: 'rmw' },
      system: 'hermes',
      protocol: 'hermes',
      bugs: [],
      runtime: 'process',
      nodes: ['n1', 'n2'],
      clients: { count: 2 },
      skipped: [],
    } as unknown as Plan,
    verdict,
    driven: {
      faults,
      tally,
      notRecovered: [],
      notServed: [],
      crashes: [],
      changes: [
        { type: 'view', node: 'n1', epoch: 2, members: [], timeNs: 0 },
        { type: 'state', node: 'n1', state: 'serving', timeNs: 0 },
        { type: 'view', node: 'n1', epoch: 5, members: [], timeNs: 5 * MS },
      ],
      judgedLate: [],
      interrupted: false,
      durationNs: 10 * MS,
      notes: ['a note'],
    },
    events: EVENTS,
    loopDelay: { p50Ms: 1, p99Ms: 2, maxMs: 3 },
    folder: {
      dir: 'd',
      plan: 'p',
      history: 'h',
      results: 'r',
      events: 'e',
      throughput: 't',
      report: 'page',
      nodes: 'n',
    } as RunFolder,
    again: 'hermes fuzz --seed 7',
    left: [],
    drawn: { throughput: true, report: true },
  };
}

const JUDGED = { checker: 'zones 1 key', operations: 3, keys: 1 } as const;

test('a pass carries its power, its figures and the line that repeats it', () => {
  const verdict: Verdict = {
    valid: true,
    ...JUDGED,
    checkMs: 4,
    power: { planted: 4, found: 4 },
    weak: true,
  };
  expect(makeResults(partsOf(verdict))).toMatchObject({
    valid: true,
    anomalies: [],
    evidence: [],
    power: { planted: 4, found: 4 },
    weak: true,
    ops: 3,
    checkMs: 4,
    outcomes: { ok: 1, mismatch: 1, fail: 0, info: 1 },
    durationMs: 10,
    again: 'hermes fuzz --seed 7',
    epochs: { first: 2, last: 5 },
    notes: ['a note'],
  });
});

test('a pass without extras has none; an unknown says why', () => {
  const bare = makeResults(partsOf({ valid: true, ...JUDGED }));
  expect(bare).not.toHaveProperty('power');
  expect(bare).not.toHaveProperty('weak');
  expect(bare.checkMs).toBeNull();
  const unknown: Verdict = { valid: 'unknown', ...JUDGED, reason: 'time', why: 'too long' };
  expect(makeResults(partsOf(unknown))).toMatchObject({ reason: 'time', why: 'too long' });
});

test('a failure carries the operations that show it, each with what came back', () => {
  const anomaly = { type: 'nonlinearizable', key: 1, why: 'so', operations: [0], optional: [4] };
  const results = makeResults(partsOf({ valid: false, ...JUDGED, anomalies: [anomaly] }));
  expect(results.anomalies).toEqual([anomaly]);
  expect(results.evidence.map((e) => e.index)).toEqual([0, 2, 4, 5]);
  expect(evidenceOf([{ ...anomaly, optional: [] }], EVENTS).map((e) => e.index)).toEqual([0, 2]);
});

test('faults: when, whether they bit, and what was never begun', () => {
  const faults = [record({}), record({ startNs: undefined, stopNs: undefined, error: 'refused' })];
  const results = makeResults(partsOf({ valid: true, ...JUDGED }, faults));
  const [first, second] = results.faults;
  expect(results.faultKinds).toEqual([
    {
      kind: 'partition',
      begun: 1,
      bitten: 1,
      gapMs: 2,
      recoveryMedianMs: 1.5,
      recoveryWorstMs: 1.5,
      unrecovered: 0,
    },
  ]);
  expect(first).toMatchObject({ startMs: 1, stopMs: 2, bitten: true, counters: { packets: 3 } });
  expect(first).not.toHaveProperty('error');
  expect(first?.text).toContain('partition');
  expect(second).toMatchObject({ startMs: null, stopMs: null, error: 'refused' });
});

test('errors are counted by their text, numbers cut out', () => {
  const { errors, operations } = makeResults(partsOf({ valid: true, ...JUDGED }));
  expect(errors).toHaveLength(1);
  expect(errors[0]?.count).toBe(1);
  expect(operations['cas']).toMatchObject({ mismatch: 1 });
});
