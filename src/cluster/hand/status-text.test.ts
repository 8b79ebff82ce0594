import { expect, test } from 'vitest';
import type { NodeStatus } from '../../base/operation.ts';
import type { ClusterReport } from './cluster-status.ts';
import { duration, nameFlag, statusText } from './status-text.ts';

const status = (frames: number): NodeStatus & { memoryBytes: number } => ({
  id: 0,
  incarnation: 1,
  state: 'serving',
  role: 'full',
  epoch: 4,
  members: [],
  leaseLeftUs: null,
  keys: { V: 9_998, I: 2, all: 10_000 },
  counters: { framesSent: frames, framesReceived: frames },
  memoryBytes: 61_000_000,
});

const report = (upMs: number, frames: number): ClusterReport => ({
  name: 'big',
  runtime: 'process',
  protocol: 'hermes',
  system: 'hermes',
  links: 'proxy',
  upMs,
  nodes: [
    {
      name: 'n1',
      address: '127.0.0.1:7101',
      state: 'serving',
      pid: 1,
      starts: 1,
      log: '',
      status: status(frames),
    },
    { name: 'n2', address: '127.0.0.1:7102', state: 'paused', pid: 2, starts: 1, log: '' },
  ],
  founders: ['n1', 'n2'],
  faults: [
    { id: 7, kind: 'pause', shape: 'one', atNs: 0, forNs: 0, nodes: ['n2'], links: [], params: {} },
  ],
});

test('a line per node, in columns that exist, then what is broken', () => {
  expect(statusText(report(181_000, 1_602), report(180_000, 1_000))).toBe(
    [
      'cluster big · hermes · process · up 3 m',
      '  node  state    address         epoch  keys    valid  others  msgs/s  memory',
      '  n1    serving  127.0.0.1:7101  4      10,000  9,998  I 2     1,204   61 MB',
      '  n2    paused   127.0.0.1:7102  –      –       –      –       –       –',
      '  faults',
      '    #7 pause one {n2}',
      '    end them: hermes cluster heal --name big',
    ].join('\n'),
  );
});

test('without an earlier look there is no rate', () => {
  expect(statusText(report(1_000, 5))).not.toContain('msgs/s');
});

test('durations and names', () => {
  expect([0, 59_400, 61_000, 7_500_000].map(duration)).toEqual(['0 s', '59 s', '1 m', '2 h 5 m']);
  expect([nameFlag('default'), nameFlag('x')]).toEqual(['', ' --name x']);
});
