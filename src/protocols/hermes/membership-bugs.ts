/**
 * Planted bugs of views, leases and rejoin: each switches off one rule. They need a membership that
 * decides (`reliable.ts`); `zoo` is the number in the table of docs/protocol.md. `cached-clock` is one
 * of the host, which samples time for each step (`node/replica-host.ts`).
 */
import type { BugInfo } from '../machine.ts';

/** Many reads, on all replicas, while others write: what shows that one of them is behind. */
const BUSY = {
  workload: 'register',
  mix: 'read=80,write=20',
  nodes: 3,
  concurrency: '30',
  ops: 20_000,
} as const;

const OF_THE_MEMBERSHIP = {
  cannot: 'is of the membership, and the explorer plays that itself',
} as const;

/** Why the explorer cannot show that nothing moves any more. */
export const WAITS_FOR_EVER = {
  cannot:
    'nothing that is seen is wrong: something waits for ever, and the explorer knows no fairness',
} as const;

export const MEMBERSHIP_BUGS = [
  {
    name: 'no-lease-check',
    zoo: 'M3a',
    breaks: 'a full member serves whether it has a lease or not',
    anomaly: 'a stale read at a member that was removed and does not know it',
    smallest: '3 nodes, 1 write, 1 removal: 7 steps',
    explore: '3-w1-rem1',
    run: { ...BUSY, nemesis: 'partition:one' },
  },
  {
    name: 'no-lease-wait',
    zoo: 'M3b',
    breaks: 'a view that removes a member is accepted before its lease has run out',
    anomaly: 'a stale read at the member that was removed',
    smallest: '3 nodes, 1 write, a member that only some hear: 7 steps',
    explore: OF_THE_MEMBERSHIP,
    run: { cannot: 'a suspicion takes longer than a lease: needs one who is heard by too few' },
  },
  {
    name: 'waits-for-the-removed',
    zoo: 'M5',
    breaks: 'after a view change the acknowledgements of removed members are still waited for',
    anomaly: 'no wrong value: the key is stuck and its requests time out',
    smallest: '2 nodes, 1 write, 1 crash: nothing moves any more',
    explore: WAITS_FOR_EVER,
    run: { cannot: 'ends as unknown operations, which any history allows' },
  },
  {
    name: 'no-incarnation',
    zoo: 'M18',
    breaks: 'a restarted node keeps its identity, and with it its place in the view',
    anomaly: 'an empty store acknowledges updates and serves "absent"',
    smallest: '2 nodes, 1 write, 1 restart: 5 steps',
    explore: '2-w1-rst1',
    // Back before anybody suspects it.
    run: { ...BUSY, nemesis: 'kill:one', timeScale: 4 },
  },
  {
    name: 'promote-early',
    zoo: 'M19',
    breaks: 'a node that joins becomes a full member before it has copied the data',
    anomaly: 'a completed write is missing at a full member',
    smallest: '3 nodes, 1 write, 1 restart: 9 steps',
    explore: '3-w1-rst1',
    // The copy takes longer than the heartbeat after which it is promoted.
    options: { chunkKeys: 1 },
    run: {
      nemesis: 'kill:one',
      nodes: 3,
      concurrency: '12',
      ops: 6000,
      timeLimitS: 30,
      timeScale: 0.3,
    },
  },
  {
    name: 'chunk-from-old-epoch',
    zoo: 'M20',
    breaks: 'a joiner copies from a member that does not count it yet',
    anomaly: 'a write that completed meanwhile is missing at the joiner',
    smallest: '3 nodes, 1 write, 1 join: 11 steps',
    explore: '3-w1-rst1',
    run: { cannot: 'needs a write that completes in the old epoch between copy and view change' },
  },
  {
    name: 'shadows-not-counted',
    zoo: 'M21',
    breaks: 'updates do not wait for the acknowledgements of members that are still copying',
    anomaly: 'a write that completed during the copy is missing at the joiner',
    smallest: '3 nodes, 1 write, 1 join: 11 steps',
    explore: '3-w1-rst1',
    // A copy of one key at a time, of many keys, meets writes whose INV is lost.
    options: { chunkKeys: 1 },
    run: { ...BUSY, nemesis: 'kill:one,messages:lose', keys: 300, opsPerKey: 0 },
  },
  {
    name: 'no-generation',
    zoo: 'M22',
    breaks: 'timestamps do not carry the generation of the member that made them',
    anomaly: 'after a restart one timestamp stands for two values',
    smallest: '3 nodes, 2 writes by one id around its restart: 18 steps',
    explore: '3-w2-rst1',
    run: { cannot: 'needs an update of a former life that only some members hold' },
  },
  {
    name: 'keep-entries',
    zoo: 'M28',
    breaks: 'a removed node that comes back as a new incarnation keeps its keys, as Invalid',
    anomaly: 'a read-modify-write that had lost against another on its base comes back',
    smallest: '3 nodes, 2 read-modify-writes, 1 removal, 1 rejoin: 22 steps',
    explore: {
      cannot:
        'its way there is 22 steps long, through some 40 million states: the trace F7 goes straight to it',
    },
    run: {
      cannot: 'needs a removed coordinator whose update only it holds, and a replay cut short',
    },
  },
  {
    name: 'lease-from-receipt',
    zoo: 'M31',
    breaks: 'a lease is counted from the receipt of the grant instead of from the request',
    anomaly: 'a stale read after a grant that was delayed',
    smallest: '3 acceptors, 1 holder, a grant delayed by the length of a lease',
    explore: OF_THE_MEMBERSHIP,
    // Whoever stands still between request and grant reads the grant when it wakes.
    run: {
      nemesis: 'pause:[one,minority]',
      nodes: 3,
      concurrency: '15',
      ops: 20_000,
      timeLimitS: 40,
    },
  },
  {
    name: 'no-cold-wait',
    zoo: 'M32a',
    breaks: 'an acceptor that restarted accepts a view although grants it forgot may be in use',
    anomaly: 'a stale read at the member that was removed',
    smallest: '3 acceptors, 1 restart',
    explore: OF_THE_MEMBERSHIP,
    run: { cannot: 'needs two acceptors to fail within the life of one lease' },
  },
  {
    name: 'forget-promises',
    zoo: 'M32b',
    breaks: 'an acceptor that restarted has forgotten what it promised and accepted',
    anomaly: 'two views of one epoch',
    smallest: '3 acceptors, 1 restart',
    explore: OF_THE_MEMBERSHIP,
    run: { cannot: 'needs two proposers and a restart between their messages' },
  },
  {
    name: 'grant-after-exclusion',
    zoo: 'M33',
    breaks: 'an acceptor renews the lease of a member whose removal it has accepted',
    anomaly: 'a stale read at the member that was removed',
    smallest: '3 acceptors, 1 removal',
    explore: OF_THE_MEMBERSHIP,
    run: { cannot: 'needs a member that asks an acceptor for its lease right after its removal' },
  },
  {
    name: 'serve-after-relinquish',
    zoo: 'M38',
    breaks: 'a member that gave back its leases goes on serving',
    anomaly: 'a stale read at the member that left',
    smallest: '3 acceptors, a grant under way while a member leaves',
    explore: OF_THE_MEMBERSHIP,
    run: { cannot: 'needs a member that leaves and misses the view change' },
  },
  {
    name: 'cached-clock',
    zoo: 'M34',
    breaks: 'the lease is checked against a time that was read before the request was',
    anomaly: 'a stale read right after a pause that was longer than the lease',
    smallest: '1 replica that stands still while a request arrives',
    explore: {
      cannot: 'explored machines have no clock',
    },
    run: {
      cannot:
        'needs a request that is made while its replica stands still: leases.cluster.test.ts makes it',
    },
  },
  {
    name: 'ballot-reuse',
    zoo: 'M39',
    breaks: 'a proposer that restarted uses its ballots again, for other views',
    anomaly: 'two views of one epoch',
    smallest: '3 acceptors, 1 restart of a proposer',
    explore: OF_THE_MEMBERSHIP,
    run: { cannot: 'needs a proposer that restarts between its messages' },
  },
  {
    name: 'help-by-full-members',
    zoo: 'M40',
    breaks: 'a member that is still copying does not tell others of the newer update it holds',
    anomaly: 'no wrong value: a reader waits for ever',
    smallest: '3 nodes, 2 writes, 1 restart, 1 removal: nothing moves any more',
    explore: WAITS_FOR_EVER,
    run: { cannot: 'ends as an unknown operation, which any history allows' },
  },
] as const satisfies readonly BugInfo[];
