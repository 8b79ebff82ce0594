import { describe, expect, test } from 'vitest';
import { Reader, Writer } from '../../base/bytes.ts';
import { HOST_TIMING } from '../machine.ts';
import { nextView } from '../next-view.ts';
import { LoneNode, receivers, ref } from './lone-node.case.ts';
import { acceptWithout, ballot, member, one, record } from './member.case.ts';
import { reliableMembership } from './reliable-membership.ts';

const { suspectUs, heartbeatUs, stepUs, stableUs } = HOST_TIMING;

describe('heartbeats', () => {
  test('who knows less is taught, who knows more is asked', () => {
    const n = member();
    expect(receivers(n.hear(ref(1), { epoch: 0 }), 'DECIDE')).toEqual([1]);
    expect(receivers(n.hear(ref(1), { epoch: 2 }), 'VIEW_REQ')).toEqual([1]);
  });

  test('an earlier incarnation is neither heard nor granted', () => {
    const n = member();
    n.hear(ref(2, 2), { join: true });
    expect(n.hear(ref(2))).toEqual([]);
  });

  test('the data path’s hints: a later epoch is asked for once, a full copy is told', () => {
    const n = member();
    const behind = (epoch: number) =>
      n.hint((m, out) => m.behind(n.state, epoch, ref(2), n.nowUs, out)).length;
    expect([behind(1), behind(3), behind(3), behind(4)]).toEqual([0, 1, 0, 1]);
    n.hint((m, out) => m.suspect(n.state, ref(2), n.nowUs, out));
    n.hint((m, out) => m.caughtUp(n.state, n.nowUs, out));
    n.beat();
    expect(n.last('HB')?.caughtUp).toBe(false);
    const shadow = new LoneNode({}, 3, [record()]);
    shadow.get(ref(1), {
      kind: 'DECIDE',
      view: nextView(one, [ref(1), ref(2)], [ref(0, 3)]),
    });
    shadow.hint((m, out) => m.caughtUp(shadow.state, shadow.nowUs, out));
    shadow.beat();
    expect(shadow.last('HB')).toMatchObject({ caughtUp: true, join: false });
  });
});

test('a long log is written anew at boot: only its last record counts', () => {
  const many = Array.from({ length: 65 }, (_, i) => record({ promised: ballot(i) }));
  const n = new LoneNode({}, 2, many);
  expect(n.records).toEqual([many.at(-1)]);
  expect(new LoneNode({}, 2, many.slice(1)).records).toEqual([]);
});

test('requests and clients that leave are none of its business', () => {
  const n = member();
  const { state, nowUs } = n;
  n.hint((m, out) => {
    const port = { view() {}, lease() {}, lost() {} };
    m.step(state, { kind: 'gone', id: 1 }, nowUs, out, port);
    m.step(state, { kind: 'timer', timer: 'membership unknown' }, nowUs, out, port);
    const command = { f: 'get', key: 'k' } as const;
    m.step(state, { kind: 'request', id: 1, command, deadlineUs: 1 }, nowUs, out, port);
  });
  expect(n.sent).toEqual([]);
});

test('the state is saved as it is, in the middle of everything', () => {
  const n = member({ seed: 5 });
  n.order('leave');
  n.get(ref(1), acceptWithout(0));
  n.get(ref(2), { kind: 'PREPARE', slot: 2, ballot: ballot(4, 2) });
  n.nowUs += suspectUs + 1;
  n.hear(ref(2), { hears: [0, 2] });
  n.nowUs += 10 * stepUs;
  n.hear(ref(2), { hears: [0, 2] });
  n.beat(heartbeatUs);
  n.get(ref(1), acceptWithout(2));
  n.state.wantSinceUs ??= 7;
  n.state.detector.steadySince.set(9, stableUs);
  const save = (s: typeof n.state): Uint8Array => {
    const w = new Writer();
    reliableMembership.save(s, w);
    return Uint8Array.from(w.view());
  };
  const bytes = save(n.state);
  const loaded = reliableMembership.load(new Reader(bytes), n.state.config);
  expect(loaded).toEqual(n.state);
  expect(save(loaded)).toEqual(bytes);
});
