import { describe, expect, test } from 'vitest';
import type { Result } from '../../base/operation.ts';
import { HOST_TIMING } from '../machine.ts';
import { nextView } from '../next-view.ts';
import { LoneNode, receivers, ref } from './lone-node.case.ts';
import { acceptWithout, ballot, member, one, record, without } from './member.case.ts';
import { reliableMembership } from './reliable-membership.ts';

const { heartbeatUs, leaseUs, suspectUs } = HOST_TIMING;

describe('an acceptor that lost its disk', () => {
  /** Its second life, on an empty disk. */
  const amnesiac = (): LoneNode => {
    const n = new LoneNode({}, 7);
    n.sync();
    return n;
  };
  const back = nextView(one, [ref(1), ref(2)], [ref(0, 7)]);
  const vote = (n: LoneNode): unknown => reliableMembership.standing(n.state, n.nowUs).vote;

  test('does not vote, and cannot be told to while the view may be one it decided on', () => {
    const n = amnesiac();
    expect(n.get(ref(1), acceptWithout(2))).toEqual([]);
    n.get(ref(1), { kind: 'DECIDE', view: without(0) });
    n.order('mend');
    expect(n.replies).toMatchObject([{ result: { type: 'error', message: /take it in first/ } }]);
    expect(vote(n)).toBe('lost');
    expect(n.get(ref(1), { kind: 'PREPARE', slot: 3, ballot: ballot(1) })).toEqual([]);
  });

  test('votes on later views once a view holds its new life, and remembers that', () => {
    const n = amnesiac();
    n.get(ref(1), { kind: 'DECIDE', view: back });
    expect(vote(n)).toBe('lost');
    n.order('mend');
    expect(n.replies.at(-1)).toEqual({ result: { type: 'done' }, after: n.state.recordLsn });
    expect(n.records.at(-1)).toMatchObject({ votes: true, chosen: back, accepted: null });
    expect(vote(n)).toBe('yes');
    // The slot of the view that took it in, and those before, are decided.
    expect(receivers(n.get(ref(1), acceptWithout(2)), 'DECIDE')).toEqual([1]);
    n.get(ref(1), { kind: 'PREPARE', slot: 3, ballot: ballot(1) });
    expect(n.last('PROMISE')).toMatchObject({ slot: 3, accepted: null });
    const again = new LoneNode({}, 8, [n.records.at(-1) as ReturnType<typeof record>]);
    expect(vote(again)).toBe('yes');
  });

  test('waits out the leases that its former life may have granted', () => {
    const n = amnesiac();
    n.get(ref(1), { kind: 'DECIDE', view: back });
    n.order('mend');
    n.sync();
    const next = nextView(back, [ref(1)], [ref(0, 7)]);
    n.get(ref(1), { kind: 'ACCEPT', slot: 3, ballot: ballot(1), view: next });
    const held = n.last('HOLD') as { leftUs: number };
    expect(held.leftUs).toBeGreaterThanOrEqual(leaseUs);
    expect(n.last('ACCEPTED')).toBeUndefined();
    n.fire('membership hold', held.leftUs);
    expect(n.last('ACCEPTED')).toMatchObject({ slot: 3 });
  });

  test('one that votes hears that nothing is to do; a later node that it never did', () => {
    const n = member();
    n.order('mend');
    expect(n.replies.at(-1)).toMatchObject({ result: { type: 'done' } });
    const later = new LoneNode({ self: 3, acceptors: [0, 1, 2] }, 7);
    later.order('mend');
    expect(later.replies.at(-1)).toMatchObject({ result: { message: /for n1 n2 n3/ } });
  });
});

describe('leave and join', () => {
  test('who leaves serves until a view without it is proposed, and is told when it is decided', () => {
    const n = member();
    n.order('leave');
    expect(n.last('HB')).toMatchObject({ leaving: true, join: false });
    expect(n.records.at(-1)).toMatchObject({ left: true });
    expect(n.state.lease.stopped).toBe(false);
    const sent = n.get(ref(1), acceptWithout(0));
    expect(receivers(sent, 'RELINQUISH')).toEqual([1, 2]);
    expect(n.state.lease.stopped).toBe(true);
    expect(n.last('ACCEPTED')).toBeDefined();
    expect(n.replies).toEqual([]);
    n.get(ref(1), { kind: 'DECIDE', view: without(0) });
    expect(n.reborn).toBe(1);
    expect(n.replies).toEqual([{ result: { type: 'done' }, after: n.records.length }]);
    expect(reliableMembership.standing(n.state, n.nowUs)).toMatchObject({ left: true });
  });

  test('who is outside already has left as soon as that is written down', () => {
    const outside = new LoneNode({}, 2, [record({ chosen: without(0) })]);
    outside.order('leave');
    expect(outside.replies).toEqual([{ result: { type: 'done' }, after: outside.records.length }]);
    expect(outside.records.at(-1)).toMatchObject({ left: true });
  });

  test('who joins is told when it serves', () => {
    const n = member();
    n.order('join');
    expect(n.replies).toEqual([]);
    n.beat();
    const { seq } = n.last('HB') as { seq: number };
    for (const id of [0, 1])
      n.get(ref(id), { kind: 'HB_ACK', to: ref(0), seq, grant: true, leaseUs });
    expect(n.replies).toEqual([{ result: { type: 'done' }, after: n.state.recordLsn }]);
  });

  test('an order that takes long is answered with what it waits for', () => {
    const late = (n: LoneNode, hears: readonly number[] = []): string => {
      for (let us = 0; us < 60 * suspectUs; us += heartbeatUs) {
        expect(n.replies).toEqual([]);
        for (const id of hears) n.hear(ref(id));
        n.beat();
      }
      const { result } = n.replies.at(-1) as { result: Result };
      expect(n.state.orders).toEqual([]);
      return result.type === 'error' ? `${result.code} ${result.message}` : result.type;
    };
    const alone = member();
    alone.order('leave');
    expect(late(alone)).toBe(
      'ERR a majority of n1 n2 n3 has to agree, and of them n1 can be reached; it serves until then and goes on asking; HERMES JOIN takes that back',
    );
    const outside = (): LoneNode => {
      const n = new LoneNode({}, 2, [record({ chosen: without(0) })]);
      n.order('join');
      return n;
    };
    expect(late(outside())).toMatch(/^ERR a majority/);
    expect(late(outside(), [1])).toMatch(/^ERR the members have not let it in yet: .*trying$/);
    const copying = outside();
    const view = nextView(without(0), [ref(1), ref(2)], [ref(0, 2)]);
    copying.get(ref(1), { kind: 'DECIDE', view });
    expect(late(copying, [1])).toMatch(/^ERR it is still copying/);
  });

  test('the later order wins; the earlier one hears of it', () => {
    const n = member();
    n.order('join');
    n.order('leave');
    expect(n.replies.at(-1)?.result).toMatchObject({ message: 'HERMES LEAVE came after it' });
    n.order('join');
    expect(n.replies.at(-1)?.result).toMatchObject({ message: 'HERMES JOIN came after it' });
  });

  test('nobody can join where everything is lost', () => {
    const n = new LoneNode({}, 2, [record()]);
    n.order('join');
    for (const id of [1, 2]) n.hear(ref(id, 2), { join: true });
    n.beat();
    expect(n.replies.at(-1)?.result).toMatchObject({ code: 'LOST' });
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
