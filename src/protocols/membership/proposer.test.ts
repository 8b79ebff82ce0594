import { describe, expect, test } from 'vitest';
import { HOST_TIMING } from '../machine.ts';
import { nextView } from '../next-view.ts';
import { HOLD_TIMER } from './agreement.ts';
import { holdUs } from './lease.ts';
import { LoneNode, receivers, ref } from './lone-node.case.ts';
import { ballot, member, one, record, without, zero } from './member.case.ts';

const { leaseUs, suspectUs, heartbeatUs, stepUs } = HOST_TIMING;

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
