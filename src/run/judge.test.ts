import { describe, expect, test } from 'vitest';
import type { Verdict } from '../checkers/verdict.ts';
import type { Fault, FaultKind } from '../faults/fault.ts';
import type { Crash, SeenViolation } from './drive.ts';
import { judge } from './judge.ts';
import type { FaultRecord } from './nemesis-run.ts';

const VALID: Verdict = { valid: true, checker: 'zones', operations: 10, keys: 2, checkMs: 1 };
const INVALID: Verdict = {
  valid: false,
  checker: 'zones',
  operations: 10,
  keys: 2,
  anomalies: [{ type: 'nonlinearizable', key: 1, why: 'no order', operations: [1, 2] }],
};
const UNKNOWN: Verdict = {
  valid: 'unknown',
  reason: 'budget',
  why: 'too wide',
  checker: 'wgl',
  operations: 10,
  keys: 2,
};

const CRASH: Crash = {
  type: 'exit',
  node: 'n2',
  code: 1,
  signal: null,
  log: ['a', 'boom'],
  timeNs: 1.5e9,
};
function seen(key: number | undefined, index: number): SeenViolation {
  const invoke = { index, process: 0, type: 'invoke', f: 'read', value: null, time: 0 } as const;
  return { key, invoke, timeNs: 1e9, stopped: false };
}

const quiet = { crashes: [], notRecovered: [], notServed: [], faults: [], interrupted: false };
const strict = { allowMissingFaults: false };

function record(kind: FaultKind, bitten: boolean, begun = true): FaultRecord {
  const fault = { id: 1, kind, shape: 'one', atNs: 0, forNs: 1 } as Fault;
  return {
    fault,
    nodes: [],
    links: [],
    startNs: begun ? 0 : undefined,
    endNs: 1,
    stopNs: 1,
    counters: {},
    bitten,
    error: undefined,
  };
}

describe('judge', () => {
  test('passes the verdict on the history on when nothing else went wrong', () => {
    expect(judge(VALID, quiet, strict)).toBe(VALID);
    expect(judge(UNKNOWN, quiet, strict)).toBe(UNKNOWN);
    expect(judge(INVALID, quiet, strict)).toMatchObject({ valid: false, anomalies: [{ key: 1 }] });
  });

  test('what was found while recording counts where the whole could not be decided', () => {
    const violation = seen(3, 70);
    const found = judge(UNKNOWN, { ...quiet, violation }, strict);
    expect(found).toMatchObject({ valid: false, anomalies: [{ key: 3, operations: [70] }] });
    expect(judge(INVALID, { ...quiet, violation }, strict)).toMatchObject({
      anomalies: INVALID.anomalies,
    });
  });

  test('two checkers that contradict each other decide nothing', () => {
    const violation = seen(undefined, 70);
    expect(judge(VALID, { ...quiet, violation }, strict)).toMatchObject({
      valid: 'unknown',
      reason: 'crashed-check',
      why: expect.stringContaining('event 70'),
    });
  });

  test('a system that went away in mid-run is neither valid nor invalid, whatever was seen', () => {
    const gone = {
      type: 'gone',
      text: 'the holder of the cluster is gone (SIGKILL)',
      log: ['first', 'last words'],
      timeNs: 4.2e9,
    } as const;
    for (const checked of [VALID, UNKNOWN, INVALID])
      for (const crashes of [[], [CRASH]])
        expect(judge(checked, { ...quiet, crashes, gone }, strict)).toMatchObject({
          valid: 'unknown',
          reason: 'holder-gone',
          why: expect.stringMatching(/gone \(SIGKILL\), 4\.2 s into the run; .*: last words\./),
          detail: { log: ['first', 'last words'] },
        });
  });

  test('a crash makes every run invalid, and says the last words', () => {
    for (const checked of [VALID, UNKNOWN]) {
      const verdict = judge(checked, { ...quiet, crashes: [CRASH] }, strict);
      expect(verdict).toMatchObject({
        valid: false,
        anomalies: [{ type: 'crash', detail: { node: 'n2', log: ['a', 'boom'] } }],
      });
      expect(verdict.valid === false && verdict.anomalies[0]?.why).toMatch(
        /n2 ended by itself with code 1.*boom/,
      );
    }
    const both = judge(INVALID, { ...quiet, crashes: [CRASH] }, strict);
    expect(both.valid === false && both.anomalies.map(({ type }) => type)).toEqual([
      'nonlinearizable',
      'crash',
    ]);
  });

  test('a key that nobody served is unknown, with key and node', () => {
    const driven = { ...quiet, notServed: [{ node: 'n3', key: 4, error: 'EXPIRED' }] };
    expect(judge(VALID, driven, strict)).toMatchObject({ valid: 'unknown', reason: 'not-served' });
    expect(judge(VALID, driven, strict)).toHaveProperty(
      'why',
      expect.stringMatching(/key 4 was not served by n3/),
    );
    expect(judge(INVALID, driven, strict).valid).toBe(false);
  });

  test('a node that did not come back is unknown, with what it says of itself', () => {
    const driven = {
      ...quiet,
      notRecovered: [
        { node: 'n2', state: 'joining' as const },
        { node: 'n3', state: 'silent' as const },
      ],
    };
    expect(judge(VALID, driven, strict)).toMatchObject({
      valid: 'unknown',
      reason: 'not-recovered',
      why: expect.stringMatching(/^n2 \(joining\) and n3 \(silent\) did not serve again/),
      detail: {
        nodes: [
          ['n2', 'joining'],
          ['n3', 'silent'],
        ],
      },
    });
    expect(judge(UNKNOWN, driven, strict)).toBe(UNKNOWN);
    expect(judge(INVALID, driven, strict).valid).toBe(false);
  });

  test('lost data is said before any other doubt, and never excuses a wrong answer', () => {
    const notRecovered = ['n1', 'n2', 'n3'].map((node) => ({ node, state: 'lost' as const }));
    const driven = { ...quiet, notRecovered };
    for (const checked of [VALID, UNKNOWN])
      expect(judge(checked, driven, strict)).toMatchObject({
        valid: 'unknown',
        reason: 'lost',
        why: expect.stringMatching(/^n1, n2 and n3 say that the data is lost/),
      });
    expect(judge(INVALID, driven, strict).valid).toBe(false);
  });

  test('a kind of which no fault bit is unknown; one that bit suffices', () => {
    const none = { ...quiet, faults: [record('pause', true), record('partition', false)] };
    expect(judge(VALID, none, strict)).toMatchObject({
      reason: 'fault-not-applied',
      detail: { missing: ['partition'] },
    });
    expect(judge(VALID, none, { allowMissingFaults: true })).toBe(VALID);
    const some = { ...quiet, faults: [record('partition', true), record('partition', false)] };
    expect(judge(VALID, some, strict)).toBe(VALID);
  });

  test('a run that was cut short is not blamed for faults it did not come to', () => {
    const faults = [record('pause', true), record('partition', false, false)];
    expect(judge(VALID, { ...quiet, faults, interrupted: true }, strict)).toBe(VALID);
    expect(judge(VALID, { ...quiet, faults }, strict).valid).toBe('unknown');
  });
});
