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

test('the view, who decides on it, and who copies, is mute, or has lost everything', () => {
  const one = report(1_000, 5);
  const [n1] = one.nodes as [ClusterReport['nodes'][number]];
  const copying = { ...status(5), transfer: { keys: 25_000, of: 100_000 } };
  const mute = { ...status(5), vote: 'lost' as const };
  const text = statusText({
    ...one,
    faults: [],
    view: { epoch: 7, members: ['n4', 'n1', 'n2'], copying: ['n4'] },
    leader: 'n1',
    founders: ['n1', 'n2', 'n3'],
    nodes: [
      n1,
      { ...n1, name: 'n2', status: mute },
      { ...n1, name: 'n4', state: 'joining', status: copying },
    ],
  }).split('\n');
  expect(text[1]).toBe(
    '  view 7 {n1 n2 | copying n4} · leader n1 · decided by n1 n2 n3 (gone: n3)',
  );
  expect(text.slice(-2)).toEqual([
    '  n4 copies the data  ██████░░░░░░░░░░░░░░░░░░ 25 %  25,000 of 100,000 keys',
    '  n2 lost its disk and has no part in decisions: hermes cluster reset n2 --name big',
  ]);
  const lost = statusText({ ...one, faults: [], nodes: [{ ...n1, state: 'lost' }] });
  expect(lost).toContain('nobody holds the data any more: hermes cluster reset --name big');
});

test('without an earlier look there is no rate', () => {
  expect(statusText(report(1_000, 5))).not.toContain('msgs/s');
});

test('durations and names', () => {
  expect([0, 59_400, 61_000, 7_500_000].map(duration)).toEqual(['0 s', '59 s', '1 m', '2 h 5 m']);
  expect([nameFlag('default'), nameFlag('x')]).toEqual(['', ' --name x']);
});
