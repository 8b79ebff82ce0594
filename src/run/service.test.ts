import { describe, expect, test } from 'vitest';
import type { EventType, HistoryEvent } from '../history/event.ts';
import type { FaultKind } from '../faults/fault.ts';
import type { FaultRecord } from './nemesis-run.ts';
import { measureService, serviceByKind } from './service.ts';

let index = 0;
const event = (ms: number, type: EventType, node: string): HistoryEvent => ({
  index: index++,
  process: 0,
  type,
  f: 'read',
  key: 0,
  value: null,
  node,
  time: ms * 1e6,
});

function fault(
  id: number,
  kind: FaultKind,
  fromMs: number,
  toMs: number,
  nodes: string[],
): FaultRecord {
  return {
    fault: {
      id,
      kind,
      shape: '',
      atNs: fromMs * 1e6,
      forNs: (toMs - fromMs) * 1e6,
      nodes,
      links: [],
      params: {},
    },
    nodes,
    links: [],
    startNs: fromMs * 1e6,
    endNs: toMs * 1e6,
    stopNs: toMs * 1e6,
    counters: {},
    bitten: true,
    error: undefined,
  };
}

describe('service', () => {
  test('a gap goes from the first unanswered question to the next answer at that node', () => {
    const events = [
      event(0, 'invoke', 'n1'),
      event(1, 'ok', 'n1'),
      event(10, 'invoke', 'n1'),
      event(15, 'invoke', 'n2'),
      event(17, 'ok', 'n2'),
      event(100, 'fail', 'n1'),
      event(150, 'invoke', 'n1'),
      event(210, 'ok', 'n1'),
    ];
    expect(measureService(events, [], [])).toMatchObject({
      longestGapMs: 200,
      longestGapNode: 'n1',
    });
  });

  test('a node that stood still has no live clients', () => {
    const events = [
      event(0, 'invoke', 'n1'),
      event(5, 'invoke', 'n2'),
      event(45, 'ok', 'n2'),
      event(500, 'ok', 'n1'),
    ];
    const paused = fault(1, 'pause', 10, 480, ['n1']);
    expect(measureService(events, [paused], [])).toMatchObject({
      longestGapMs: 40,
      longestGapNode: 'n2',
    });
    expect(measureService(events, [fault(1, 'partition', 10, 480, [])], []).longestGapMs).toBe(500);
  });

  test('recovery is the time from the end of a fault to the last node that answered again', () => {
    const events = [
      event(10, 'invoke', 'n1'),
      event(11, 'invoke', 'n2'),
      event(130, 'ok', 'n2'),
      event(150, 'ok', 'n1'),
      event(300, 'invoke', 'n1'),
    ];
    const faults = [
      fault(1, 'partition', 0, 100, []),
      fault(2, 'partition', 160, 200, []),
      fault(3, 'pause', 210, 300, ['n1']),
    ];
    const service = measureService(events, faults, []);
    expect(service.faults).toEqual({
      1: { gapMs: 140, recoveryMs: 50 },
      2: { gapMs: 0, recoveryMs: 0 },
      3: { gapMs: 0, recoveryMs: null },
    });
    expect(serviceByKind(faults, service)).toEqual([
      {
        kind: 'partition',
        begun: 2,
        bitten: 2,
        gapMs: 140,
        recoveryMedianMs: 0,
        recoveryWorstMs: 50,
        unrecovered: 0,
      },
      {
        kind: 'pause',
        begun: 1,
        bitten: 1,
        gapMs: 0,
        recoveryMedianMs: null,
        recoveryWorstMs: null,
        unrecovered: 1,
      },
    ]);
  });

  test('a killed node has no clients: it is back when it says that it serves', () => {
    const events = [
      event(0, 'invoke', 'n1'),
      event(5, 'ok', 'n1'),
      event(150, 'invoke', 'n1'),
      event(260, 'ok', 'n1'),
    ];
    const change = (ms: number, node: string, state: 'serving' | 'silent' | 'joining') =>
      ({ type: 'state', node, state, timeNs: ms * 1e6 }) as const;
    const changes = [
      change(0, 'n1', 'serving'),
      change(0, 'n2', 'serving'),
      change(60, 'n2', 'silent'),
      change(220, 'n2', 'joining'),
      change(500, 'n2', 'serving'),
      change(700, 'n1', 'silent'),
    ];
    const recoveryOf = (kill: FaultRecord): unknown =>
      measureService(events, [kill], changes).faults[1]?.recoveryMs;
    expect(recoveryOf(fault(1, 'kill', 50, 200, ['n2']))).toBe(300);
    expect(recoveryOf(fault(1, 'kill', 600, 800, ['n1']))).toBeNull();
    // A node that never says how it is (a system without such a look) is judged by its clients.
    expect(recoveryOf(fault(1, 'kill', 50, 200, ['n3']))).toBe(60);
  });
});
