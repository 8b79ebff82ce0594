/** Each invariant is broken once, by hand, where no script or planted bug does it. */
import { describe, expect, test } from 'vitest';
import type { ProtocolEvent } from '../machine.ts';
import { type View, firstView } from '../membership.ts';
import { type HermesGhost, hermesGhost } from './ghost.ts';
import { scriptedHermes } from './protocol.ts';
import type { ReplicaState } from './replica.ts';
import { Script } from './script.ts';
import { type KeyRec, waitingOf } from './state.ts';

/** Runs a script, spoils one node's record of `k`, and returns what is reported then. */
function spoiled(
  commands: string[],
  node: string,
  spoil: (rec: KeyRec) => void,
): readonly string[] {
  const script = new Script();
  for (const command of commands) {
    const lines = script.run(command);
    expect(lines.filter((line) => line.startsWith('!!'))).toEqual([]);
  }
  spoil(script.state(node).core.keys.get('k') as KeyRec);
  return script.run('state').filter((line) => line.startsWith('!!'));
}

/** What the ghost makes of these events, at two nodes in view 1. */
function told(...events: [number, ProtocolEvent][]): HermesGhost {
  const g = hermesGhost.init();
  const view = firstView([0, 1]);
  for (const id of [0, 1]) {
    const self = { id, inc: 1 };
    hermesGhost.on(g, id, { type: 'boot', detail: self });
    hermesGhost.on(g, id, { type: 'install', detail: { self, view } });
  }
  for (const [node, event] of events) hermesGhost.on(g, node, event);
  return g;
}

const VALID = ['nodes 2', 'n1 set k a', 'settle'];
const WRITING = ['nodes 2', 'n1 set k a'];
const TRANS = ['nodes 2', 'n1 set k a', 'n2 set k b', 'deliver INV n2 n1'];

describe('a state that cannot be', () => {
  test.each<[string, string[], string, (rec: KeyRec) => void, string]>([
    [
      'other value',
      VALID,
      'n2',
      (r) => (r.value = Buffer.from('b')),
      'I1: k is Valid with 2.0="a" at n1 and 2.0="b" at n2',
    ],
    ['other value', VALID, 'n2', (r) => (r.value = null), 'I2: k 2.0 stands for two values at n2'],
    ['other flag', VALID, 'n2', (r) => (r.rmw = true), 'I2: k 2.0 changed its rmw flag at n2'],
    [
      'unknown timestamp',
      VALID,
      'n2',
      (r) => (r.ts = { v: 9, c: 1, g: 1 }),
      'I2: k 9.1 was never issued at n2',
    ],
    [
      'unknown timestamp',
      VALID,
      'n2',
      (r) => (r.ts = { v: 9, c: 1, g: 1 }),
      'I5: k 9.1 is Valid at n2, but not committed',
    ],
    [
      'lost update',
      VALID,
      'n2',
      (r) => (r.ts = { v: 1, c: 1, g: 1 }),
      'I4: k 2.0 completed, but n2 has 1.1',
    ],
    [
      'lost update',
      VALID,
      'n2',
      (r) => (r.ts = { v: 1, c: 1, g: 1 }),
      'I8: k 2.0 was seen, but n2 would answer 1.1',
    ],
    [
      'lost record',
      VALID,
      'n2',
      (r) => (r.ts = { v: 0, c: 0, g: 0 }),
      'I8: k 2.0 was seen, but n2 would answer 0',
    ],
    [
      'pending above',
      TRANS,
      'n1',
      (r) => (r.ts = { v: 1, c: 0, g: 1 }),
      'I3: k at n1: the pending update is above the key',
    ],
    ['W of another', TRANS, 'n1', (r) => (r.state = 'W'), 'I3: k at n1: W without its update'],
    ['V while writing', WRITING, 'n1', (r) => (r.state = 'V'), 'I3: k at n1: V without its update'],
    ['R of a write', WRITING, 'n1', (r) => (r.state = 'R'), 'I3: k at n1: W and R mixed up'],
    [
      'overtaken RMW',
      TRANS,
      'n1',
      (r) => (r.pend = { ...r.pend!, kind: 'rmw' }),
      'I3: k at n1: overtaken rmw',
    ],
    ['doomed in V', VALID, 'n1', doom, 'I3: k at n1: Valid, and a read-modify-write still doomed'],
    [
      'doomed twice',
      ['nodes 2', 'n1 append k a'],
      'n1',
      doom,
      'I3: k at n1: a read-modify-write beside a doomed one',
    ],
    [
      'doomed by nothing',
      ['nodes 2', 'n2 set k b', 'deliver INV n2 n1'],
      'n1',
      (r) => doom(r, 9),
      'I3: k at n1: doomed by nothing higher',
    ],
  ])('%s: %#', (_name, commands, node, spoil, line) => {
    expect(spoiled(commands, node, spoil)).toContain(`!! ${line}`);
  });

  test('a pending update at a node that is no full member', () => {
    const script = new Script();
    for (const command of ['nodes 2', 'n1 set k a']) script.run(command);
    script.state('n1').core.installed = undefined;
    expect(script.run('state')).toContain('!! I11: n1 is no full member, but k is W there');
  });
});

function doom(rec: KeyRec, v = 1): void {
  const request = rec.pend?.clients[0] ?? ({} as never);
  waitingOf(rec).doomed = { ts: { v, c: 0, g: 1 }, request };
}

describe('events that cannot be', () => {
  const issue = (ts: string, v: number, base = 0): ProtocolEvent => ({
    type: 'issue',
    key: 'k',
    ts,
    detail: {
      base: { v: base, c: 0, g: 1 },
      ts: { v, c: 0, g: 1 },
      rmw: false,
      value: null,
      ops: [1],
    },
  });
  const invoke: ProtocolEvent = { type: 'invoke', key: 'k', op: 1 };
  const answered = (outcome: string): ProtocolEvent => ({
    type: 'reply',
    op: 1,
    detail: { outcome },
  });
  const read = (leaseLeftUs: number): ProtocolEvent => ({
    type: 'read',
    key: 'k',
    ts: '0',
    op: 1,
    detail: { leaseLeftUs },
  });

  test('an answer given twice (I12)', () => {
    const g = told([0, invoke], [0, answered('ok')], [0, answered('ok')]);
    expect(g.broken.get('I12')).toBe('request 1 was answered twice at 0');
  });

  test('a read without a lease, or at a node in no view (I11)', () => {
    expect(told([0, read(1)]).broken.size).toBe(0);
    expect(told([0, read(0)]).broken.has('I11')).toBe(true);
    expect(told([2, read(1)]).broken.has('I11')).toBe(true);
  });

  test('a timestamp issued twice (I2), or gone back to (I3)', () => {
    expect(told([0, issue('2.0', 2)], [1, issue('2.0', 2)]).broken.has('I2')).toBe(true);
    const back = told([0, issue('4.0', 4)], [0, issue('2.0', 2)]);
    expect(back.broken.get('I3')).toBe('k went from 4.0 back to 2.0 at 0/1');
  });

  test('a commit that nobody else acknowledged (I13), of what was reported failed (I7)', () => {
    const commit: ProtocolEvent = { type: 'commit', key: 'k', ts: '2.0' };
    const g = told([0, invoke], [0, issue('2.0', 2)], [0, answered('fail')], [0, commit]);
    expect([...g.broken.keys()].toSorted()).toEqual(['I13', 'I7']);
  });

  test('a failed update that becomes Valid somewhere (I7)', () => {
    const validate: ProtocolEvent = { type: 'validate', key: 'k', ts: '2.0' };
    const g = told([0, invoke], [0, issue('2.0', 2)], [0, answered('fail')], [1, validate]);
    expect(g.broken.get('I7')).toBe('k 2.0 failed, yet it is valid');
  });

  test('events of updates and requests that the ghost never saw are ignored', () => {
    const at = { key: 'k', ts: '2.0' };
    const g = told(
      [0, { type: 'commit', ...at }],
      [0, { type: 'validate', ...at }],
      [0, { type: 'complete', ...at, detail: { ops: [] } }],
      [0, { type: 'abort', ...at }],
      [0, { type: 'suspect' }],
      [5, issue('2.0', 2)],
    );
    expect(g.broken.size).toBe(0);
    expect(hermesGhost.load(hermesGhost.save(g))).toEqual(g);
  });
});

describe('views and leases', () => {
  const one = firstView([0, 1]);
  const two = { ...one, epoch: 2, full: [{ id: 0, inc: 1 }] };
  const chosen = (view: View): [number, ProtocolEvent] => [0, { type: 'chosen', detail: view }];
  const install = (view: View): [number, ProtocolEvent] => [
    1,
    { type: 'install', detail: { self: { id: 1, inc: 1 }, view } },
  ];

  test.each<[string, [number, ProtocolEvent][], string, RegExp]>([
    ['two views of one epoch', [chosen(two), chosen({ ...two, full: one.full })], 'M1', /epoch 2/],
    ['another one is installed', [chosen(one), install({ ...one, full: [] })], 'M1', /epoch 1/],
    ['nobody chose it', [chosen(one), install(two)], 'M1', /never chosen/],
    ['nobody has the data', [chosen(one), chosen({ ...two, full: [] })], 'M3', /no full member/],
    [
      'a ref returns',
      [chosen({ ...two, epoch: 1 }), chosen({ ...one, epoch: 2 })],
      'M3',
      /1\/1 returned/,
    ],
    [
      'a highest incarnation falls',
      [chosen(one), chosen({ ...two, maxInc: { 0: 1 } })],
      'M3',
      /incarnation of 1/,
    ],
    ['a generation falls', [chosen(one), chosen({ ...two, gen: { 0: 0 } })], 'M3', /generation/],
  ])('%s', (_, events, id, text) => {
    expect(told(...events).broken.get(id)).toMatch(text);
  });

  test('a chain of views as it should be breaks nothing', () => {
    const g = told(
      chosen(one),
      chosen(one),
      install(one),
      chosen(two),
      chosen({ ...two, epoch: 9 }),
    );
    expect([...g.broken]).toEqual([]);
  });

  test('M2, M4: a lease after the view without it, or longer than its grant', () => {
    const script = new Script();
    script.run('nodes 2');
    const self = { id: 1, inc: 1 };
    const node = script.state('n2') as ReplicaState<undefined>;
    const g = told(
      chosen(one),
      [0, { type: 'grant', detail: { to: self, untilUs: 100 } }],
      [1, { type: 'lease', detail: { self, from: 0, untilUs: 100 } }],
    );
    const check = (id: string): string | undefined =>
      scriptedHermes.machine.invariants[id]?.({
        nodes: [node],
        messages: [],
        ghost: g,
        atUs: 50,
        trueUs: (_node, us) => us,
      });
    expect([check('M2'), check('M4')]).toEqual([undefined, undefined]);
    node.core.leaseUntilUs = 60;
    hermesGhost.on(g, 0, chosen(two)[1]);
    hermesGhost.on(g, 1, { type: 'lease', detail: { self, from: 0, untilUs: 101 } });
    expect(check('M2')).toBe('n2 has a lease, but is no full member in epoch 2');
    expect(check('M4')).toBe('n2 counts a grant of n1 1 µs too long');
    hermesGhost.on(g, 1, { type: 'retire', detail: self });
    expect(check('M4')).toBeUndefined();
    node.core.leaseUntilUs = 50;
    expect(check('M2')).toBeUndefined();
    node.core.leaseUntilUs = 0;
    expect(check('M2')).toBeUndefined();
  });
});

test('every invariant of the list is there', () => {
  const ids = Object.keys(scriptedHermes.machine.invariants);
  const data = Array.from({ length: 13 }, (_, i) => `I${i + 1}`);
  expect(ids).toEqual([...data, 'M1', 'M2', 'M3', 'M4', 'M6']);
});
