/** Agreement under any interleaving: the smallest machine around acceptor and proposer. */
import { describe, expect, test } from 'vitest';
import { type Random, random } from '../../base/random.ts';
import { type Acceptor, accept, newAcceptor, openSlot, promise } from './acceptor.ts';
import { NO_BALLOT, compareBallots, printBallot } from './ballot.ts';
import { type Proposal, majority, newProposal, onAccepted, onPromise, silent } from './proposer.ts';

const ballot = (round: number, id = 0, inc = 1) => ({ round, id, inc });

describe('acceptor', () => {
  test('promises upward only, and answers a duplicate alike', () => {
    const a = newAcceptor<string>(1);
    expect(promise(a, ballot(2))).toBe(true);
    expect(promise(a, ballot(2))).toBe(true);
    expect(promise(a, ballot(1, 9))).toBe(false);
    expect(accept(a, ballot(1), 'x')).toBe(false);
    expect(a.accepted).toBeNull();
    expect(accept(a, ballot(2, 1), 'y')).toBe(true);
    expect(a).toMatchObject({ promised: ballot(2, 1), accepted: { value: 'y' } });
  });

  test('a newer slot forgets the older one, an older one changes nothing', () => {
    const a = newAcceptor<string>(1);
    accept(a, ballot(5), 'x');
    openSlot(a, 1);
    expect(a.accepted?.value).toBe('x');
    openSlot(a, 3);
    expect(a).toEqual({ slot: 3, promised: NO_BALLOT, accepted: null });
  });
});

describe('ballots', () => {
  test('by round, then id, then incarnation', () => {
    const sorted = [ballot(1, 0, 2), ballot(1, 1, 1), ballot(2, 0, 1), ballot(1, 0, 1)].toSorted(
      compareBallots,
    );
    expect(sorted.map(printBallot)).toEqual(['1.n1.1', '1.n1.2', '1.n2.1', '2.n1.1']);
  });
});

describe('proposal', () => {
  test('takes the value of the highest ballot found, else its own', () => {
    const p = newProposal<string>(1, ballot(9));
    const own = (): string => 'own';
    expect(onPromise(p, 0, { ballot: ballot(2), value: 'b' }, 2, own)).toBe('waiting');
    expect(silent(p, [0, 1, 2])).toEqual([1, 2]);
    expect(onPromise(p, 1, { ballot: ballot(3), value: 'c' }, 2, own)).toBe('begun');
    expect(p.value).toBe('c');
    expect(onPromise(p, 2, null, 2, own)).toBe('waiting');
    expect(onAccepted(p, 0, 2)).toBe(false);
    expect(onAccepted(p, 0, 2)).toBe(false);
    expect(onAccepted(p, 1, 2)).toBe(true);
    expect(onAccepted(p, 2, 2)).toBe(false);
  });
});

test('a proposal without anything to propose is idle, and takes its own value late', () => {
  const p = newProposal<string>(1, ballot(1));
  expect(onPromise(p, 0, null, 1, () => undefined)).toBe('idle');
  expect(p).toMatchObject({ phase: 'prepare', value: null });
  expect(onPromise(p, 0, null, 1, () => 'late')).toBe('begun');
  expect(p.value).toBe('late');
});

/** Proposers and acceptors over a bag of messages that loses, repeats and reorders. */
function play(r: Random, acceptors: number, quorum: number): Set<string> {
  const nodes: Acceptor<string>[] = Array.from({ length: acceptors }, () => newAcceptor(1));
  const proposals: Proposal<string>[] = [];
  const chosen = new Set<string>();
  for (let step = 0; step < 200; step++) {
    if (proposals.length < 5 && r.chance(1, 8)) {
      const id = r.below(3);
      const round = 1 + r.below(4);
      if (!proposals.some((p) => compareBallots(p.ballot, ballot(round, id)) === 0))
        proposals.push(newProposal(1, ballot(round, id)));
    }
    if (proposals.length === 0) continue;
    const p = r.pick(proposals);
    const to = r.below(acceptors);
    const node = nodes[to]!;
    if (p.phase === 'prepare') {
      if (promise(node, p.ballot) && r.chance(3, 4))
        onPromise(p, to, node.accepted, quorum, () => `v${proposals.indexOf(p)}`);
    } else if (accept(node, p.ballot, p.value!) && r.chance(3, 4)) {
      if (onAccepted(p, to, quorum)) chosen.add(p.value!);
    }
  }
  return chosen;
}

test('at most one value is chosen, and often one is', () => {
  let decided = 0;
  for (let seed = 0; seed < 3000; seed++) {
    const n = 3 + 2 * (seed % 2);
    const chosen = play(random(seed), n, majority(n));
    expect(chosen.size).toBeLessThanOrEqual(1);
    decided += chosen.size;
  }
  expect(decided).toBeGreaterThan(1000);
});

test('the same play with a quorum that is none finds two values: the test can fail', () => {
  let broken = 0;
  for (let seed = 0; seed < 300; seed++) if (play(random(seed), 4, 2).size > 1) broken++;
  expect(broken).toBeGreaterThan(0);
});
