import { describe, expect, test } from 'vitest';
import { Reader, Writer } from '../../base/bytes.ts';
import { HOST_TIMING } from '../machine.ts';
import { firstView } from '../membership.ts';
import { nextView } from '../next-view.ts';
import { HOLD_TIMER } from './agreement.ts';
import type { AcceptorRecord } from './codec.ts';
import { holdUs } from './lease.ts';
import { LoneNode, receivers, ref } from './lone-node.case.ts';
import { reliableMembership } from './reliable-membership.ts';

const { leaseUs, suspectUs, heartbeatUs, stepUs, stableUs } = HOST_TIMING;
const one = firstView([0, 1, 2]);
const without = (id: number) =>
  nextView(
    one,
    one.full.filter((member) => member.id !== id),
  );
const ballot = (round: number, id = 1, inc = 1) => ({ round, id, inc });
const zero = ballot(0, 0, 0);

/** n1 in view 1, with everything on disk and a lease of its own acceptor and n2's. */
function member(config: ConstructorParameters<typeof LoneNode>[0] = {}): LoneNode {
  const n = new LoneNode(config);
  n.sync();
  n.get(ref(1), { kind: 'DECIDE', view: one });
  n.sync();
  for (const id of [1, 2]) n.hear(ref(id));
  return n;
}

function record(change: Partial<AcceptorRecord> = {}): AcceptorRecord {
  return { votes: true, chosen: one, promised: zero, accepted: null, left: false, ...change };
}

describe('acceptor', () => {
  test('a promise leaves when it is on disk, and a repeated request gets the same answer', () => {
    const n = member();
    const written = n.records.length;
    const [promise] = n.get(ref(1), { kind: 'PREPARE', slot: 2, ballot: ballot(1) });
    expect(promise).toMatchObject({ to: 1, after: written + 1 });
    expect(promise?.message).toMatchObject({ kind: 'PROMISE', slot: 2, accepted: null });
    expect(n.records.at(-1)).toMatchObject({ promised: ballot(1) });
    const again = n.get(ref(1), { kind: 'PREPARE', slot: 2, ballot: ballot(1) });
    expect(again).toEqual([promise]);
    expect(n.records.length).toBe(written + 1);
  });

  test('NACK: a lower ballot, a slot that is not open yet, a view that is not sane', () => {
    const n = member();
    n.get(ref(2), { kind: 'PREPARE', slot: 2, ballot: ballot(3, 2) });
    n.get(ref(1), { kind: 'PREPARE', slot: 2, ballot: ballot(2) });
    expect(n.last('NACK')).toMatchObject({ why: 'ballot', promised: ballot(3, 2) });
    n.get(ref(1), { kind: 'ACCEPT', slot: 2, ballot: ballot(2), view: without(2) });
    expect(n.last('NACK')).toMatchObject({ why: 'ballot' });
    n.get(ref(1), { kind: 'PREPARE', slot: 4, ballot: ballot(9) });
    expect(n.last('NACK')).toMatchObject({ why: 'behind', slot: 4 });
    const bad = { ...without(2), full: [ref(7)] };
    n.get(ref(1), { kind: 'ACCEPT', slot: 2, ballot: ballot(9), view: bad });
    expect(n.last('NACK')).toMatchObject({ why: 'invalid' });
    expect(n.state.acceptor?.accepted).toBeNull();
  });

  test('about a slot that is decided it teaches', () => {
    const n = member();
    n.get(ref(1), { kind: 'PREPARE', slot: 1, ballot: ballot(1) });
    expect(n.last('DECIDE')).toEqual({ kind: 'DECIDE', view: one });
    n.get(ref(1), { kind: 'VIEW_REQ', epoch: 0 });
    expect(n.last('DECIDE')).toEqual({ kind: 'DECIDE', view: one });
    expect(n.get(ref(1), { kind: 'VIEW_REQ', epoch: 1 })).toEqual([]);
  });

  test('what is accepted leaves when it is on disk, and is told to later ballots', () => {
    const n = member({ timing: { ...HOST_TIMING, leaseUs: 0 } });
    n.nowUs += 10_000;
    const [accepted] = n.get(ref(1), {
      kind: 'ACCEPT',
      slot: 2,
      ballot: ballot(1),
      view: without(2),
    });
    expect(accepted?.message).toMatchObject({ kind: 'ACCEPTED' });
    expect(accepted?.after).toBe(n.records.length);
    expect(n.records.at(-1)?.accepted).toEqual({ ballot: ballot(1), value: without(2) });
    const again = n.get(ref(1), { kind: 'ACCEPT', slot: 2, ballot: ballot(1), view: without(2) });
    expect(again).toEqual([accepted]);
    n.get(ref(2), { kind: 'PREPARE', slot: 2, ballot: ballot(2, 2) });
    expect(n.last('PROMISE')?.accepted?.value).toEqual(without(2));
  });

  test('HOLD while a grant may be in use, ACCEPTED at its end, and no grant in between (N1, N4)', () => {
    const n = member();
    const granted = n.nowUs;
    n.nowUs += 1000;
    n.get(ref(1), { kind: 'ACCEPT', slot: 2, ballot: ballot(1), view: without(2) });
    expect(n.last('HOLD')?.leftUs).toBe(granted + holdUs(leaseUs) - n.nowUs);
    n.hear(ref(2));
    expect(n.last('HB_ACK')).toMatchObject({ to: ref(2), grant: false });
    n.hear(ref(1));
    expect(n.last('HB_ACK')).toMatchObject({ to: ref(1), grant: true });
    n.fire(HOLD_TIMER, 100);
    expect(n.last('HOLD')).toBeDefined();
    n.nowUs = granted + holdUs(leaseUs);
    const [accepted] = n.fire(HOLD_TIMER);
    expect(accepted?.message).toMatchObject({ kind: 'ACCEPTED', ballot: ballot(1) });
    n.hear(ref(2));
    expect(n.last('HB_ACK')).toMatchObject({ grant: false });
    expect(n.fire(HOLD_TIMER)).toEqual([]);
  });

  test('a higher PREPARE ends the wait, not what was accepted', () => {
    const n = member();
    n.get(ref(1), { kind: 'ACCEPT', slot: 2, ballot: ballot(1), view: without(2) });
    n.get(ref(2), { kind: 'PREPARE', slot: 2, ballot: ballot(2, 2) });
    expect(n.state.waiting).toBeNull();
    n.hear(ref(2));
    expect(n.last('HB_ACK')).toMatchObject({ grant: true });
  });

  test('cold: after a restart no member may be dropped until forgotten grants are over (N5)', () => {
    const n = new LoneNode({}, 2, [record()]);
    const [, hold] = [n.sync(), n.get(ref(1), acceptWithout(2))];
    expect(hold[0]?.message).toMatchObject({ kind: 'HOLD', leftUs: holdUs(leaseUs) });
    n.fire(HOLD_TIMER, holdUs(leaseUs));
    expect(n.last('ACCEPTED')).toBeDefined();
    const joins = new LoneNode({}, 2, [record()]);
    const shadow = nextView(one, one.full, [ref(5)]);
    joins.get(ref(1), { kind: 'ACCEPT', slot: 2, ballot: ballot(1), view: shadow });
    expect(joins.last('ACCEPTED')).toBeDefined();
  });

  test('a restart keeps promise and acceptance (N6)', () => {
    const accepted = { ballot: ballot(3), value: without(2) };
    const n = new LoneNode({}, 2, [record(), record({ promised: ballot(4), accepted })]);
    n.get(ref(1), { kind: 'PREPARE', slot: 2, ballot: ballot(3) });
    expect(n.last('NACK')).toMatchObject({ promised: ballot(4) });
    const [promise] = n.get(ref(2), { kind: 'PREPARE', slot: 2, ballot: ballot(5, 2) });
    expect(promise?.message).toMatchObject({ kind: 'PROMISE', accepted });
  });

  test('one that lost its disk is silent for ever, however often it restarts (§7.4)', () => {
    const n = new LoneNode({}, 5);
    expect(n.records).toMatchObject([{ votes: false }]);
    for (const life of [n, new LoneNode({}, 6, [...n.records])]) {
      expect(life.get(ref(1), { kind: 'PREPARE', slot: 1, ballot: ballot(1) })).toEqual([]);
      expect(life.get(ref(1), { ...acceptWithout(2), slot: 1 })).toEqual([]);
      expect(receivers(life.hear(ref(1)), 'HB_ACK')).toEqual([]);
      expect(receivers(life.beat(), 'HB')).toEqual([1, 2]);
    }
  });

  test('a node that is none of the start takes no part in the agreement', () => {
    const n = new LoneNode({ self: 3, members: [0, 1, 2, 3], acceptors: [0, 1, 2] });
    expect(n.get(ref(1), { kind: 'PREPARE', slot: 1, ballot: ballot(1) })).toEqual([]);
    expect(n.beat().map(({ to }) => to)).toEqual([0, 1, 2]);
    expect(n.last('HB')).toMatchObject({ join: true });
  });
});

function acceptWithout(id: number) {
  return { kind: 'ACCEPT', slot: 2, ballot: ballot(1), view: without(id) } as const;
}

describe('grants and leases', () => {
  test('only exact refs of full members are granted (L-2)', () => {
    const n = member();
    n.get(ref(1), { kind: 'DECIDE', view: nextView(one, [ref(0), ref(1)], [ref(2, 4)]) });
    for (const [from, grant] of [
      [ref(1), true],
      [ref(2, 4), false],
      [ref(3), false],
    ] as const) {
      n.hear(from);
      expect(n.last('HB_ACK')).toMatchObject({ to: from, grant });
    }
  });

  test('a lease counts from the heartbeat, of a majority, its own acceptor among them', () => {
    const n = member();
    n.beat();
    const asked = n.nowUs;
    const seq = n.last('HB')?.seq ?? 0;
    expect(n.leaseUs).toBe(0);
    n.nowUs += 5000;
    n.get(ref(1), { kind: 'HB_ACK', to: ref(0), seq, grant: false, leaseUs });
    n.get(ref(1), { kind: 'HB_ACK', to: ref(0, 9), seq, grant: true, leaseUs });
    n.get(ref(1), { kind: 'HB_ACK', to: ref(1), seq, grant: true, leaseUs });
    expect(n.leaseUs).toBe(0);
    n.get(ref(1), { kind: 'HB_ACK', to: ref(0), seq, grant: true, leaseUs });
    expect(n.leaseUs).toBe(asked + leaseUs);
  });

  test('a node that is out of the view is told that its lease is over, and is born anew (L-7)', () => {
    const n = member();
    n.get(ref(1), { kind: 'DECIDE', view: without(0) });
    expect(n.leaseUs).toBe(0);
    expect(n.reborn).toBe(1);
    expect(n.state.lease.stopped).toBe(true);
    expect(n.views.at(-1)).toEqual(without(0));
  });

  test('one that was in and out again without ever knowing it is born anew as well', () => {
    const n = new LoneNode({}, 3, [record()]);
    const shadow = nextView(one, [ref(1), ref(2)], [ref(0, 3)]);
    n.get(ref(1), { kind: 'DECIDE', view: nextView(shadow, [ref(1), ref(2)]) });
    expect(n.reborn).toBe(1);
    const waits = new LoneNode({}, 4, [record()]);
    waits.get(ref(1), { kind: 'DECIDE', view: without(0) });
    expect(waits.reborn).toBe(0);
  });

  test('RELINQUISH ends the wait for that ref, and its grants', () => {
    const n = member();
    n.get(ref(1), acceptWithout(2));
    n.get(ref(2), { kind: 'RELINQUISH' });
    expect(n.last('ACCEPTED')).toBeDefined();
    const stays = member();
    stays.get(ref(2), { kind: 'RELINQUISH' });
    stays.hear(ref(2));
    expect(stays.last('HB_ACK')).toMatchObject({ grant: false });
    stays.get(ref(5), { kind: 'RELINQUISH' });
    expect(stays.state.grants.holds.has('5.1')).toBe(false);
  });
});

describe('proposer', () => {
  /** All beat until `id` has been silent for the suspicion time. */
  function silence(n: LoneNode, id: number): void {
    for (let us = 0; us <= suspectUs; us += heartbeatUs) {
      for (const other of [1, 2]) if (other !== id) n.hear(ref(other), { hears: [0, 3 - id] });
      n.beat();
    }
  }

  test('phase 1, phase 2, DECIDE: a silent member is removed', () => {
    const n = member();
    n.nowUs += 1;
    silence(n, 2);
    const { slot, ballot: mine } = n.last('PREPARE')!;
    expect([slot, mine]).toEqual([2, ballot(1, 0)]);
    n.sync();
    n.get(ref(1), { kind: 'PROMISE', slot, ballot: mine, accepted: null });
    expect(n.last('ACCEPT')?.view).toEqual(without(2));
    n.nowUs += holdUs(leaseUs);
    n.fire(HOLD_TIMER);
    n.sync();
    const sent = n.get(ref(1), { kind: 'ACCEPTED', slot, ballot: mine });
    expect(receivers(sent, 'DECIDE')).toEqual([1, 2]);
    expect(n.state.chosen).toEqual(without(2));
    expect(n.views.at(-1)).toEqual(without(2));
    expect(n.records.at(-1)).toMatchObject({ chosen: without(2), accepted: null });
  });

  test('asks again at every heartbeat those that have not answered', () => {
    const n = member();
    silence(n, 2);
    n.sync();
    n.hear(ref(1), { hears: [0, 1] });
    expect(receivers(n.beat(), 'PREPARE')).toEqual([1, 2]);
  });

  test('what phase 1 finds goes first', () => {
    const n = member();
    silence(n, 2);
    const { slot, ballot: mine } = n.last('PREPARE')!;
    const found = nextView(one, one.full, [ref(7)]);
    n.get(ref(1), {
      kind: 'PROMISE',
      slot,
      ballot: mine,
      accepted: { ballot: ballot(1, 1), value: found },
    });
    n.sync();
    expect(n.last('ACCEPT')?.view).toEqual(found);
  });

  test('who came back in time is not removed: the view is chosen when phase 1 is over', () => {
    const n = member();
    silence(n, 2);
    const { slot, ballot: mine } = n.last('PREPARE')!;
    n.hear(ref(1));
    n.hear(ref(2));
    n.sync();
    n.get(ref(1), { kind: 'PROMISE', slot, ballot: mine, accepted: null });
    expect(n.last('ACCEPT')).toBeUndefined();
    expect(n.state.proposal).toBeNull();
  });

  test('outranked, it waits; behind, it teaches', () => {
    const n = member();
    silence(n, 2);
    const { slot, ballot: mine } = n.last('PREPARE')!;
    const nack = { kind: 'NACK', slot, ballot: mine } as const;
    n.get(ref(2), { ...nack, why: 'behind', promised: zero });
    expect(n.last('DECIDE')?.view).toEqual(one);
    n.get(ref(1), { ...nack, ballot: ballot(7), why: 'ballot', promised: ballot(8) });
    expect(n.state.proposal).not.toBeNull();
    n.get(ref(1), { ...nack, why: 'ballot', promised: ballot(8) });
    expect(n.state.proposal).toBeNull();
    n.hear(ref(1), { hears: [0, 1] });
    n.beat(1);
    expect(n.last('PREPARE')).toBeUndefined();
    n.nowUs += 2 * stepUs;
    n.hear(ref(1), { hears: [0, 1] });
    n.beat(1);
    expect(n.last('PREPARE')?.ballot).toEqual(ballot(9, 0));
    n.get(ref(1), { ...nack, why: 'ballot', promised: ballot(99) });
    expect(n.state.proposal).not.toBeNull();
  });

  test('answers to what is over are ignored', () => {
    const n = member();
    expect(n.get(ref(1), { kind: 'PROMISE', slot: 2, ballot: ballot(1), accepted: null })).toEqual(
      [],
    );
    expect(n.get(ref(1), { kind: 'ACCEPTED', slot: 2, ballot: ballot(1) })).toEqual([]);
    expect(n.get(ref(1), { kind: 'HOLD', slot: 2, ballot: ballot(1), leftUs: 1 })).toEqual([]);
  });

  test('higher ids let lower ones go first, and wait while the proposal of another waits', () => {
    const n = new LoneNode({ self: 1 });
    n.get(ref(0), { kind: 'DECIDE', view: one });
    n.sync();
    n.hear(ref(2));
    const turns: number[] = [];
    const from = n.nowUs;
    for (let i = 0; i < 20; i++) {
      n.hear(ref(0), { hears: [0, 1] });
      if (receivers(n.beat(), 'PREPARE').length > 0 && turns.length === 0)
        turns.push(n.nowUs - from);
    }
    expect(turns[0]).toBeGreaterThanOrEqual(stepUs);
    const polite = new LoneNode({ self: 1 });
    polite.get(ref(0), { kind: 'DECIDE', view: one });
    polite.sync();
    polite.hear(ref(2));
    polite.get(ref(0), { kind: 'ACCEPT', slot: 2, ballot: ballot(1, 0), view: without(2) });
    for (let i = 0; i < 40; i++) {
      polite.hear(ref(0), { hears: [0, 1] });
      expect(receivers(polite.beat(), 'PREPARE')).toEqual([]);
    }
  });

  test('what it accepted and nobody decided is asked for, even without a wish of its own', () => {
    const accepted = { ballot: ballot(3), value: nextView(one, one.full, [ref(5)]) };
    const n = new LoneNode({}, 2, [record({ promised: ballot(3), accepted })]);
    expect(n.last('PREPARE')).toBeUndefined();
    for (const id of [1, 2]) n.hear(ref(id));
    n.beat(stepUs);
    expect(n.last('PREPARE')?.ballot).toEqual(ballot(4, 0, 2));
  });

  test('an own view that could not serve any more is given up', () => {
    const n = member();
    silence(n, 2);
    const { slot, ballot: mine } = n.last('PREPARE')!;
    n.get(ref(1), { kind: 'PROMISE', slot, ballot: mine, accepted: null });
    n.sync();
    expect(n.state.proposal).toMatchObject({ phase: 'accept', found: false });
    n.state.detector.peers.clear();
    n.hear(ref(1, 2), { join: true });
    (n.state.proposal as { value: unknown }).value = nextView(one, [ref(1)]);
    n.beat();
    expect(n.state.proposal).toBeNull();
    expect(n.state.defeats).toBe(1);
  });

  test('a process that was paused suspects nobody for it', () => {
    const n = member();
    n.beat(10 * suspectUs);
    expect(n.last('HB')?.hears).toEqual([0, 1, 2]);
    expect(n.last('PREPARE')).toBeUndefined();
  });
});

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

describe('leave and join', () => {
  test('the answer waits until it is written down; it serves until a view without it is proposed', () => {
    const n = member();
    n.order('leave');
    expect(n.last('HB')).toMatchObject({ leaving: true, join: false });
    const [answer] = n.replies;
    expect(answer?.result).toEqual({ type: 'done' });
    expect(n.records[(answer?.after ?? 0) - 1]).toMatchObject({ left: true });
    expect(n.state.lease.stopped).toBe(false);
    const sent = n.get(ref(1), acceptWithout(0));
    expect(receivers(sent, 'RELINQUISH')).toEqual([1, 2]);
    expect(n.state.lease.stopped).toBe(true);
    expect(n.last('ACCEPTED')).toBeDefined();
    n.get(ref(1), { kind: 'DECIDE', view: without(0) });
    expect(n.reborn).toBe(1);
    expect(reliableMembership.hasLeft(n.state)).toBe(true);
  });

  test('a second order changes nothing', () => {
    const n = member();
    n.order('leave');
    const written = n.records.length;
    expect(n.order('leave')).toEqual([]);
    expect(n.records.length).toBe(written);
  });

  test('the order is taken back before anything came of it', () => {
    const n = member();
    n.order('leave');
    n.order('join');
    expect(n.last('HB')).toMatchObject({ leaving: false, join: false });
    expect(n.records.at(-1)).toMatchObject({ left: false });
    expect(n.order('join')).toEqual([]);
  });

  test('who stopped serving is let go all the same, and comes back as a new incarnation', () => {
    const n = member();
    n.order('leave');
    n.get(ref(1), acceptWithout(0));
    n.order('join');
    expect(n.reborn).toBe(0);
    expect(n.last('HB')).toMatchObject({ leaving: true });
    n.get(ref(1), { kind: 'DECIDE', view: without(0) });
    expect(n.reborn).toBe(1);
  });

  test('who left stays out over a restart, until it is told to join', () => {
    const left = record({ left: true, chosen: without(0) });
    const n = new LoneNode({}, 2, [left]);
    n.beat();
    expect(n.last('HB')).toMatchObject({ leaving: true, join: false });
    n.order('join');
    expect(n.last('HB')).toMatchObject({ leaving: false, join: true });
    const stopped = new LoneNode({}, 2, [left]);
    stopped.state.lease.stopped = true;
    stopped.order('join');
    expect(stopped.reborn).toBe(1);
  });

  test('the last full member may not leave, nor anybody before there is a view', () => {
    const n = member();
    n.get(ref(1), { kind: 'DECIDE', view: nextView(one, [ref(0)]) });
    n.order('leave');
    expect(n.replies.at(-1)?.result).toMatchObject({ type: 'error', code: 'ERR' });
    const early = new LoneNode();
    early.order('leave');
    expect(early.replies.at(-1)?.result).toMatchObject({ type: 'error' });
    expect(early.state.intent).toBe('member');
  });
});

describe('LOST (§7.5)', () => {
  test('when a later incarnation of every full member was heard, and somebody holds data: no more', () => {
    const n = new LoneNode({}, 2, [record()]);
    n.hear(ref(1, 2), { join: true });
    n.beat();
    expect(n.lost).toBe(false);
    n.hear(ref(2, 2), { join: true });
    n.beat();
    expect(n.lost).toBe(true);
    n.hear(ref(1, 2), { epoch: 5 });
    n.beat();
    expect(n.lost).toBe(false);
  });

  test('not while a later view may have been chosen at this acceptor', () => {
    const accepted = { ballot: ballot(3), value: without(0) };
    const n = new LoneNode({}, 2, [record({ promised: ballot(3), accepted })]);
    for (const id of [1, 2]) n.hear(ref(id, 2), { join: true });
    n.beat();
    expect(n.lost).toBe(false);
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
