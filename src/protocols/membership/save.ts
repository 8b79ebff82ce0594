/** The membership's state as canonical bytes: maps and sets are sorted by key. */
import type { Reader, Writer } from '../../base/bytes.ts';
import {
  readList,
  readMaybe,
  readTable,
  writeList,
  writeMaybe,
  writeTable,
} from '../../base/compound.ts';
import { MAX_NODES } from '../../base/node-name.ts';
import { resumeRandom } from '../../base/random.ts';
import type { Config } from '../machine.ts';
import type { View } from '../membership.ts';
import { readBallot, writeBallot } from '../paxos/ballot.ts';
import { type Proposal, majority } from '../paxos/proposer.ts';
import { readId, readRef, readView, writeRef, writeView } from '../view-codec.ts';
import { readAccepted, readMessage, writeAccepted, writeMessage } from './codec.ts';
import type { Detector } from './detector.ts';
import type { Grants, Lease } from './lease.ts';
import type { Heartbeat } from './messages.ts';
import type { MembershipState } from './state.ts';

export function saveMembership(s: MembershipState, w: Writer): void {
  writeList(w, s.acceptors, (_, id) => w.uint(id));
  writeRef(w, s.self);
  writeMaybe(w, s.random, (_, random) => {
    for (const word of random.state()) w.u32(word >>> 0);
  });
  writeView(w, s.chosen);
  writeMaybe(w, s.acceptor, (_, a) => {
    w.uint(a.slot);
    writeBallot(w, a.promised);
    writeAccepted(w, a.accepted);
  });
  saveGrants(w, s.grants);
  writeTable(w, s.held);
  writeMaybe(w, s.waiting, (_, waiting) => {
    w.uint(waiting.from);
    writeBallot(w, waiting.ballot);
    writeView(w, waiting.view);
  });
  writeMaybe(w, s.proposal, saveProposal);
  for (const x of [s.round, s.defeats, s.quietUntilUs, s.askedFor, s.durableLsn]) w.uint(x);
  for (const x of [s.beatUs, s.recordLsn]) w.uint(x);
  writeMaybe(w, s.wantSinceUs, (_, us) => w.uint(us));
  saveLease(w, s.lease);
  saveDetector(w, s.detector);
  for (const flag of [s.intent === 'left', s.serves, s.caughtUp, s.lost]) w.bool(flag);
  writeList(w, s.orders, (_, { id, f, untilUs }) => {
    // Ids of administrators are below zero at real hosts.
    w.u32(id >>> 0);
    w.bool(f === 'leave');
    w.uint(untilUs);
  });
  writeList(w, s.mail, (_, { lsn, message }) => {
    w.uint(lsn);
    writeMessage(w, message);
  });
}

export function loadMembership(r: Reader, config: Config): MembershipState {
  const acceptors = readList(r, readId, MAX_NODES);
  const head = {
    config,
    acceptors,
    quorum: majority(acceptors.length),
    self: readRef(r),
    random: readMaybe(r, () => resumeRandom([r.u32(), r.u32(), r.u32(), r.u32()])),
    chosen: readView(r),
    acceptor:
      readMaybe(r, () => ({
        slot: r.uint(),
        promised: readBallot(r),
        accepted: readAccepted(r),
      })) ?? null,
    grants: loadGrants(r),
    held: new Map(readTable(r)),
    waiting:
      readMaybe(r, () => ({ from: r.uint(), ballot: readBallot(r), view: readView(r) })) ?? null,
    proposal: readMaybe(r, loadProposal) ?? null,
    round: r.uint(),
    defeats: r.uint(),
    quietUntilUs: r.uint(),
    askedFor: r.uint(),
    durableLsn: r.uint(),
    beatUs: r.uint(),
    recordLsn: r.uint(),
    wantSinceUs: readMaybe(r, () => r.uint()) ?? null,
    lease: loadLease(r),
    detector: loadDetector(r),
  };
  return {
    ...head,
    intent: r.bool() ? 'left' : 'member',
    serves: r.bool(),
    caughtUp: r.bool(),
    lost: r.bool(),
    orders: readList(r, () => ({
      id: r.u32() | 0,
      f: r.bool() ? ('leave' as const) : ('join' as const),
      untilUs: r.uint(),
    })),
    mail: readList(r, () => ({ lsn: r.uint(), message: readMessage(r) })),
  };
}

function saveGrants(w: Writer, grants: Grants): void {
  writeList(w, [...grants.holds].toSorted(byName), (_, [key, us]) => {
    w.latin1(key);
    w.uint(us);
  });
  writeList(w, [...grants.relinquished].toSorted(), (_, key) => w.latin1(key));
  w.uint(grants.coldUntilUs);
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

function loadGrants(r: Reader): Grants {
  return {
    holds: new Map(readList(r, () => [r.latin1(), r.uint()] as const)),
    relinquished: new Set(readList(r, () => r.latin1())),
    coldUntilUs: r.uint(),
  };
}

function saveProposal(w: Writer, p: Proposal<View>): void {
  w.uint(p.slot);
  writeBallot(w, p.ballot);
  w.bool(p.phase === 'accept');
  writeList(
    w,
    [...p.promises].toSorted(([a], [b]) => a - b),
    (_, [id, accepted]) => {
      w.uint(id);
      writeAccepted(w, accepted);
    },
  );
  writeList(
    w,
    [...p.accepts].toSorted((a, b) => a - b),
    (_, id) => w.uint(id),
  );
  writeMaybe(w, p.value, writeView);
  w.bool(p.found);
}

function loadProposal(r: Reader): Proposal<View> {
  return {
    slot: r.uint(),
    ballot: readBallot(r),
    phase: r.bool() ? 'accept' : 'prepare',
    promises: new Map(readList(r, () => [r.uint(), readAccepted(r)] as const)),
    accepts: new Set(readList(r, () => r.uint())),
    value: readMaybe(r, readView) ?? null,
    found: r.bool(),
  };
}

function saveLease(w: Writer, lease: Lease): void {
  w.uint(lease.seq);
  writeTable(w, lease.sentAt);
  writeTable(w, lease.ends);
  w.uint(lease.untilUs);
  w.bool(lease.stopped);
}

function loadLease(r: Reader): Lease {
  return {
    seq: r.uint(),
    sentAt: new Map(readTable(r)),
    ends: new Map(readTable(r)),
    untilUs: r.uint(),
    stopped: r.bool(),
  };
}

function saveDetector(w: Writer, d: Detector): void {
  writeList(
    w,
    [...d.peers.values()].toSorted((a, b) => a.ref.id - b.ref.id),
    (_, peer) => {
      writeRef(w, peer.ref);
      w.uint(peer.sinceUs);
      w.uint(peer.heardUs);
      writeMessage(w, peer.last);
    },
  );
  writeTable(w, d.highestInc);
  writeTable(w, d.steadySince);
}

function loadDetector(r: Reader): Detector {
  const peers = readList(r, () => ({
    ref: readRef(r),
    sinceUs: r.uint(),
    heardUs: r.uint(),
    last: readMessage(r) as Heartbeat,
  }));
  return {
    peers: new Map(peers.map((peer) => [peer.ref.id, peer])),
    highestInc: new Map(readTable(r)),
    steadySince: new Map(readTable(r)),
  };
}
