import { describe, expect, test } from 'vitest';
import { HOST_TIMING } from '../machine.ts';
import { nextView } from '../next-view.ts';
import { HOLD_TIMER } from './agreement.ts';
import { holdUs } from './lease.ts';
import { LoneNode, receivers, ref } from './lone-node.case.ts';
import { acceptWithout, ballot, member, one, record, without } from './member.case.ts';

const { leaseUs } = HOST_TIMING;

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
