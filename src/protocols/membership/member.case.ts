/** A member of the first view of three, for tests of single rules: what they all begin with. */
import { firstView, type View } from '../membership.ts';
import { nextView } from '../next-view.ts';
import type { Ballot } from '../paxos/ballot.ts';
import type { AcceptorRecord } from './codec.ts';
import { LoneNode, ref } from './lone-node.case.ts';
import type { Accept } from './messages.ts';

export const one = firstView([0, 1, 2]);

/** View 2 without that node. */
export const without = (id: number): View =>
  nextView(
    one,
    one.full.filter((member) => member.id !== id),
  );

export const ballot = (round: number, id = 1, inc = 1): Ballot => ({ round, id, inc });
export const zero = ballot(0, 0, 0);

/** n1 in view 1, with everything on disk and a lease of its own acceptor and n2's. */
export function member(config: ConstructorParameters<typeof LoneNode>[0] = {}): LoneNode {
  const n = new LoneNode(config);
  n.sync();
  n.get(ref(1), { kind: 'DECIDE', view: one });
  n.sync();
  for (const id of [1, 2]) n.hear(ref(id));
  return n;
}

export function record(change: Partial<AcceptorRecord> = {}): AcceptorRecord {
  const acceptors = [0, 1, 2];
  const fresh = { chosen: one, promised: zero, accepted: null, left: false };
  return { votes: true, acceptors, ...fresh, ...change };
}

export function acceptWithout(id: number): Accept {
  return { kind: 'ACCEPT', slot: 2, ballot: ballot(1), view: without(id) } as const;
}
