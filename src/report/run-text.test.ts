import { expect, test } from 'vitest';
import type { Results } from '../run/results.ts';
import { runLines } from './run-text.ts';

const RESULTS = {
  outcomes: { ok: 1733, mismatch: 257, fail: 1, info: 9 },
  operations: { read: { p50Ms: 0.21, p99Ms: 1.9 }, cas: { p50Ms: null, p99Ms: null } },
  durationMs: 15_700,
  interrupted: false,
  faultKinds: [
    {
      kind: 'partition',
      begun: 14,
      bitten: 13,
      gapMs: 1210,
      recoveryMedianMs: 120,
      recoveryWorstMs: 315,
      unrecovered: 2,
    },
    {
      kind: 'kill',
      begun: 1,
      bitten: 1,
      gapMs: 610,
      recoveryMedianMs: 1020,
      recoveryWorstMs: 1020,
      unrecovered: 0,
    },
    {
      kind: 'messages',
      begun: 2,
      bitten: 2,
      gapMs: 0,
      recoveryMedianMs: 0,
      recoveryWorstMs: 0,
      unrecovered: 0,
    },
    {
      kind: 'member',
      begun: 1,
      bitten: 1,
      gapMs: 0,
      recoveryMedianMs: null,
      recoveryWorstMs: null,
      unrecovered: 1,
    },
  ],
  skipped: [
    { kind: 'loss', reason: 'TCP has no packets here' },
    { kind: 'link', reason: 'no netem' },
  ],
  service: { longestGapMs: 2260, longestGapNode: 'n4' },
  epochs: { first: 1, last: 8 },
  recorder: { loopDelay: { p50Ms: 1, p99Ms: 2, maxMs: 3 } },
  left: [],
  seen: null,
  judgedLate: [],
  notes: [],
  files: { dir: '/tmp/x', throughput: '/tmp/x/throughput.svg', report: '/tmp/x/report.html' },
  again: 'hermes fuzz --seed 7',
} as unknown as Results;

function lines(more: Partial<Results> = {}): string[] {
  return runLines({ ...RESULTS, ...more }, { seeItFail: undefined }).map(
    ([label, text]) => `${label}: ${text}`,
  );
}

test('a line per kind of fault: how often it bit, what clients waited, how soon all served again', () => {
  expect(lines()).toEqual([
    'clients: ok 1,733, mismatch 257, fail 1, info 9 in 15.7 s',
    'slowest: read p50 0.21 ms p99 1.9 ms',
    'faults: partition  13/14 bit gap 1.21 s  back 120 ms, worst 315 ms, 2 never',
    ': kill       1/1 bit  gap 610 ms  back 1.02 s',
    ': messages   2/2 bit  gap 0 ms    back at once',
    ': member     1/1 bit  gap 0 ms    back: 1 never',
    'skipped: loss: TCP has no packets here',
    ': link: no netem',
    'served: longest gap for clients of live nodes 2.26 s (n4)',
    'views: 7 view changes, epoch 1 to 8',
    'files: /tmp/x/ (report.html, throughput.svg)',
    'again: hermes fuzz --seed 7',
  ]);
});

test('nothing is said of what there was none of', () => {
  const quiet = lines({
    faultKinds: [],
    skipped: [],
    service: { longestGapMs: 0, longestGapNode: null },
    epochs: { first: 1, last: 1 },
    files: { dir: '/tmp/x' },
  });
  expect(quiet.map((line) => line.split(':')[0])).toEqual(['clients', 'slowest', 'files', 'again']);
  expect(lines({ epochs: null }).join()).not.toContain('view');
});

test('what was cut short, slow or left over is said', () => {
  const said = lines({
    interrupted: true,
    left: ['a namespace'],
    notes: ['kill got one more turn', 'the holder is gone'],
    recorder: { loopDelay: { p50Ms: 1, p99Ms: 40, maxMs: 90 } },
  }).join('\n');
  expect(said).toContain('cut short: on request');
  expect(said).toContain('left over: a namespace');
  expect(said).toContain('noted: kill got one more turn; the holder is gone');
  expect(said).toContain('p99 40 ms, at most 90 ms');
});

test('a violation that was seen while the run went on is told, and what the end had to judge', () => {
  const seen = { atMs: 1234, f: 'read', key: 7, event: 88, stopped: true };
  const said = lines({ seen, judgedLate: ['1 key: a value is written twice', 'set, stats'] });
  expect(said).toContain(
    'seen: while it went on, after 1.23 s, by the read of key 7 (event 88); no further operation was begun',
  );
  expect(said).toContain('at the end: 1 key: a value is written twice; set, stats');
});

test('what failed can be made smaller', () => {
  expect(lines({ valid: false })).toContain('smaller: hermes shrink /tmp/x/');
  expect(lines({ valid: true }).join('\n')).not.toContain('shrink');
});
