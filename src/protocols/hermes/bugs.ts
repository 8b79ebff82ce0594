/**
 * Planted bugs: each switches off one rule of the protocol, at the line that enforces it. The
 * checkers must find every one of them. `zoo` is the number in the table of docs/protocol.md.
 */
import type { BugInfo, Config } from '../machine.ts';
import { MEMBERSHIP_BUGS } from './membership-bugs.ts';

export const HERMES_BUGS = [
  {
    name: 'commit-before-all-acks',
    zoo: 'M1',
    breaks: 'a coordinator commits when all acknowledgements but one have come (3 nodes or more)',
    anomaly: 'a stale read at the member that was not waited for',
    smallest: '3 nodes, 1 write: 4 steps',
    run: { nemesis: 'messages,partition' },
  },
  {
    name: 'read-while-invalid',
    zoo: 'M2',
    breaks: 'a read is answered although the key is not Valid',
    anomaly: 'a value is read, and later the older one again at another node',
    smallest: '3 nodes, 1 write: 2 steps',
  },
  {
    name: 'epoch-not-checked',
    zoo: 'M4',
    breaks: 'messages of other epochs and of removed members are not dropped',
    anomaly: 'an update completes that is ordered below a value already read',
    smallest: '3 nodes, 2 writes, 1 removal: 12 steps',
    run: { cannot: 'needs a view change while messages of the old epoch are under way' },
  },
  {
    name: 'keep-rmw-acks',
    zoo: 'M6',
    breaks: 'acknowledgements of a read-modify-write count on after a view change',
    anomaly: 'two read-modify-writes on one base, one is lost',
    smallest: '3 nodes, 2 read-modify-writes, 1 removal: 13 steps',
    run: { cannot: 'needs a view change in the middle of a read-modify-write' },
  },
  {
    name: 'replay-new-timestamp',
    zoo: 'M7',
    breaks: 'a replay takes a new timestamp instead of the original one',
    anomaly: 'an older value comes back over a newer one that had completed',
    smallest: '2 nodes, 2 writes by one node: 12 steps',
    run: { nemesis: 'messages:lose', nodes: 3, concurrency: '20', ops: 6000 },
  },
  {
    name: 'ack-stale-rmw',
    zoo: 'M8',
    breaks: 'a read-modify-write below the local timestamp is acknowledged, not answered by INV',
    anomaly: 'two read-modify-writes on one base both succeed: an update is lost',
    smallest: '2 nodes, 2 read-modify-writes: 8 steps',
    run: { nodes: 3, concurrency: '15', ops: 4000 },
  },
  {
    name: 'published-rmw',
    zoo: 'M9',
    breaks: 'the sup bit is ignored: the rules for read-modify-writes as published',
    anomaly: 'a write is read between a read-modify-write and the base on which it was computed',
    smallest: '2 nodes, 2 writes, 1 read-modify-write, no fault: 12 steps',
    run: {
      nemesis: 'messages:reorder',
      mix: 'read=50,write=25,getset=25',
      nodes: 2,
      concurrency: '80',
      ops: 400_000,
      timeLimitS: 40,
    },
  },
  {
    name: 'abort-at-once',
    zoo: 'M10',
    breaks: 'a read-modify-write is reported aborted at the first higher INV',
    anomaly: 'an operation that was reported failed takes effect',
    smallest: '3 nodes, 2 read-modify-writes, 2 removals: 9 steps',
    run: { cannot: 'needs both coordinators removed while a third node replays' },
  },
  {
    name: 'ack-own-replay',
    zoo: 'M11',
    breaks: 'a coordinator acknowledges the replay of its own pending read-modify-write',
    anomaly: 'an operation that was reported failed takes effect',
    smallest: '2 nodes, 2 read-modify-writes: 11 steps',
    options: { retry: false },
    run: {
      nemesis: 'messages:lose',
      mix: 'read=30,add=70',
      nodes: 2,
      concurrency: '20',
      ops: 6000,
    },
  },
  {
    name: 'write-plus-one',
    zoo: 'M12',
    breaks: 'writes add one to the version, like read-modify-writes, instead of two',
    anomaly:
      'a completed write is missing: a read-modify-write was computed on the value before it',
    smallest: '2 nodes, 1 write by the lower id, 1 read-modify-write by the higher: 8 steps',
  },
  {
    name: 'rmw-from-invalid',
    zoo: 'M13',
    breaks: 'a read-modify-write starts on an Invalid key',
    anomaly: 'it builds on an update that is later reported aborted, or overtaken',
    smallest: '2 nodes, 2 read-modify-writes: 7 steps',
  },
  {
    name: 'ack-any-timestamp',
    zoo: 'M14',
    breaks: 'acknowledgements count without comparing their timestamp',
    anomaly: 'a write completes on acknowledgements of an older one, and is missing at a peer',
    smallest: '2 nodes, 2 writes: 7 to 9 steps',
    run: { nemesis: 'messages', nodes: 3, concurrency: '10' },
  },
  {
    name: 'replay-drops-flag',
    zoo: 'M15',
    breaks: 'replays and retransmissions of a read-modify-write are sent as writes',
    anomaly: 'two read-modify-writes on one base both succeed',
    smallest: '3 nodes, 2 read-modify-writes: 13 steps',
    run: {
      nemesis: 'messages:lose',
      mix: 'read=20,add=80',
      nodes: 3,
      concurrency: '20',
      ops: 6000,
    },
  },
  {
    name: 'no-tie-break',
    zoo: 'M16',
    breaks: 'timestamps are compared by version only',
    anomaly: 'replicas hold different values under one version, reads flip between them',
    smallest: '2 nodes, 2 writes: 8 steps',
  },
  {
    name: 'val-any-timestamp',
    zoo: 'M17',
    breaks: 'a VAL validates the key whatever its timestamp',
    anomaly: 'a value is read that is not committed, or was overtaken',
    smallest: '2 nodes, 2 writes: 7 steps',
  },
  {
    name: 'complete-on-higher-inv',
    zoo: 'M23',
    breaks: 'an overtaken write is reported done at the higher INV',
    anomaly: 'a write that nobody else has is reported done: stale reads elsewhere',
    smallest: '3 nodes, 2 writes: 3 steps',
    run: {
      nemesis: 'partition:one',
      workload: 'register',
      mix: 'read=70,write=30',
      nodes: 3,
      concurrency: '15',
      ops: 10_000,
    },
  },
  {
    name: 'complete-on-higher-val',
    zoo: 'M24',
    breaks:
      'an overtaken write completes on the VAL of the higher timestamp; updates need no lease',
    anomaly: 'a completed write is ordered below a value read before it began',
    smallest: '3 nodes, 2 writes, 2 removals: 13 steps',
    run: { cannot: 'needs two nodes removed that do not know it' },
  },
  {
    name: 'validate-current',
    zoo: 'M25',
    breaks: 'an overtaken write that completes validates the timestamp that overtook it',
    anomaly: 'a value is read before all members have it',
    smallest: '3 nodes, 2 writes: 9 steps',
    run: { nemesis: 'messages', workload: 'register', nodes: 3, concurrency: '20', ops: 10_000 },
  },
  {
    name: 'o3-one-ack-too-few',
    zoo: 'M26',
    breaks: 'with o3 a follower validates one acknowledgement too early (3 nodes or more)',
    anomaly: 'a stale read at the member that was not yet invalidated',
    smallest: '3 nodes, 1 write: 3 steps',
    options: { o3: true },
    run: {
      nemesis: 'partition:one',
      workload: 'register',
      mix: 'read=70,write=30',
      nodes: 3,
      concurrency: '15',
      ops: 10_000,
    },
  },
  {
    name: 'o3-validates-rmw',
    zoo: 'M27',
    breaks: 'with o3 followers validate read-modify-writes too',
    anomaly: 'a read-modify-write is read, and then reported aborted',
    smallest: '2 nodes, 1 read-modify-write, 1 write: 6 steps',
    options: { o3: true, retry: false },
    run: { nemesis: 'messages' },
  },
  {
    name: 'node-wide-version',
    zoo: 'M29',
    breaks:
      'new timestamps go on from the last INV that was seen, of whatever key, not from those of the key',
    anomaly: 'a new write stands below an older one of its key, and is lost',
    smallest: '2 nodes, 2 keys, 1 old INV',
    run: { workload: 'register', nodes: 2, concurrency: '10', ops: 6000 },
  },
  {
    name: 'reject-overtaken',
    zoo: 'M30',
    breaks: 'a write that is overtaken by a higher INV is reported failed',
    anomaly: 'a value that was reported failed is read',
    smallest: '3 nodes, 2 writes, 1 removal',
    run: {
      nemesis: 'messages:lose',
      workload: 'register',
      nodes: 2,
      concurrency: '20',
      ops: 24_000,
      timeLimitS: 40,
    },
  },
  {
    name: 'val-own-ignored',
    zoo: 'M35',
    breaks: 'an overtaken write ignores the VAL of its own timestamp',
    anomaly: 'no wrong value: the key is stuck and its requests time out',
    smallest: '3 nodes, 2 writes, 1 removal: nothing moves any more',
    run: { cannot: 'needs a view change; without one the key heals' },
  },
  {
    name: 'no-help',
    zoo: 'M36',
    breaks: 'an Invalid node does not tell the sender of a stale, repeated INV about the newer one',
    anomaly: 'no wrong value: a reader waits for ever',
    smallest: '3 nodes, 2 writes, 1 removal: nothing moves any more',
    run: { cannot: 'needs a view change that removes the coordinator of the newer update' },
  },
  {
    name: 'doomed-not-waiting',
    zoo: 'M37',
    breaks: 'a read-modify-write whose fate is open does not make its key be replayed',
    anomaly: 'no wrong value: the request waits until its deadline',
    smallest: '2 nodes, 2 read-modify-writes, 1 lost VAL: nothing moves any more',
    run: { cannot: 'ends as an unknown operation, which any history allows' },
  },
] as const satisfies readonly BugInfo[];

export type HermesBug = (typeof HERMES_BUGS | typeof MEMBERSHIP_BUGS)[number]['name'];

/** Which bugs are on. */
export type HermesBugs = Readonly<Record<HermesBug, boolean>>;

/** The bugs of a configuration; those of other protocols are ignored. */
export function bugsOf(config: Config): HermesBugs {
  const all = [...HERMES_BUGS, ...MEMBERSHIP_BUGS];
  const entries = all.map(({ name }) => [name, config.bugs.has(name)]);
  return Object.fromEntries(entries) as HermesBugs;
}
