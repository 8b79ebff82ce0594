/**
 * Binary form of the membership's messages and of its one log record. Kinds are counted from 0; the
 * composition adds where its frame kinds begin.
 */
import type { Reader, Writer } from '../../base/bytes.ts';
import { readList, readMaybe, writeList, writeMaybe } from '../../base/compound.ts';
import { MAX_NODES } from '../../base/node-name.ts';
import type { NodeId } from '../../base/operation.ts';
import type { View } from '../membership.ts';
import type { Accepted } from '../paxos/acceptor.ts';
import { type Ballot, readBallot, writeBallot } from '../paxos/ballot.ts';
import { readId, readRef, readView, writeRef, writeView } from '../view-codec.ts';
import type { MembershipMessage } from './messages.ts';

type Kind = MembershipMessage['kind'];

/** What a node must not forget: the latest view it knows, and as an acceptor its open slot. */
export interface AcceptorRecord {
  /** False: no acceptor, or one that lost its disk once and must not vote (see `mend`). */
  readonly votes: boolean;
  /** Who decides on views: those of the node's first start, whatever it is told later. */
  readonly acceptors: readonly NodeId[];
  readonly chosen: View;
  readonly promised: Ballot;
  readonly accepted: Accepted<View> | null;
  /** Out of the view by command, and not to come back by itself. */
  readonly left: boolean;
}

export function writeRecord(w: Writer, record: AcceptorRecord): void {
  w.bool(record.votes);
  writeList(w, record.acceptors, (_, id) => w.uint(id));
  writeView(w, record.chosen);
  writeBallot(w, record.promised);
  writeAccepted(w, record.accepted);
  w.bool(record.left);
}

export function readRecord(r: Reader): AcceptorRecord | undefined {
  const record = {
    votes: r.bool(),
    acceptors: readList(r, readId, MAX_NODES),
    chosen: readView(r),
    promised: readBallot(r),
    accepted: readAccepted(r),
    left: r.bool(),
  };
  return r.done() ? record : undefined;
}

export function writeAccepted(w: Writer, accepted: Accepted<View> | null): void {
  writeMaybe(w, accepted, (_, { ballot, value }) => {
    writeBallot(w, ballot);
    writeView(w, value);
  });
}

export function readAccepted(r: Reader): Accepted<View> | null {
  return readMaybe(r, () => ({ ballot: readBallot(r), value: readView(r) })) ?? null;
}

const NACK_WHYS = ['ballot', 'behind', 'invalid'] as const;

/** Writer and reader of one kind of message. */
interface Form<M> {
  write(w: Writer, m: M): void;
  read(r: Reader): M;
}

/** Keyed by the kind: a new kind that nobody encodes does not compile. */
const FORMS: { readonly [K in Kind]: Form<Extract<MembershipMessage, { kind: K }>> } = {
  HB: {
    write(w, m) {
      w.uint(m.seq);
      w.uint(m.epoch);
      writeList(w, m.hears, (_, id) => w.uint(id));
      w.u8((m.join ? 1 : 0) | (m.caughtUp ? 2 : 0) | (m.leaving ? 4 : 0));
    },
    read(r) {
      const seq = r.uint();
      const epoch = r.uint();
      const hears = readList(r, readId, MAX_NODES);
      const flags = r.u8();
      if (flags > 7) r.failed = true;
      return {
        kind: 'HB',
        seq,
        epoch,
        hears,
        join: (flags & 1) !== 0,
        caughtUp: (flags & 2) !== 0,
        leaving: (flags & 4) !== 0,
      };
    },
  },
  HB_ACK: {
    write(w, m) {
      writeRef(w, m.to);
      w.uint(m.seq);
      w.bool(m.grant);
      w.uint(m.leaseUs);
    },
    read: (r) => ({
      kind: 'HB_ACK',
      to: readRef(r),
      seq: r.uint(),
      grant: r.bool(),
      leaseUs: r.uint(),
    }),
  },
  PREPARE: {
    write(w, m) {
      w.uint(m.slot);
      writeBallot(w, m.ballot);
    },
    read: (r) => ({ kind: 'PREPARE', slot: r.uint(), ballot: readBallot(r) }),
  },
  PROMISE: {
    write(w, m) {
      w.uint(m.slot);
      writeBallot(w, m.ballot);
      writeAccepted(w, m.accepted);
    },
    read: (r) => ({
      kind: 'PROMISE',
      slot: r.uint(),
      ballot: readBallot(r),
      accepted: readAccepted(r),
    }),
  },
  ACCEPT: {
    write(w, m) {
      w.uint(m.slot);
      writeBallot(w, m.ballot);
      writeView(w, m.view);
    },
    read: (r) => ({ kind: 'ACCEPT', slot: r.uint(), ballot: readBallot(r), view: readView(r) }),
  },
  ACCEPTED: {
    write(w, m) {
      w.uint(m.slot);
      writeBallot(w, m.ballot);
    },
    read: (r) => ({ kind: 'ACCEPTED', slot: r.uint(), ballot: readBallot(r) }),
  },
  HOLD: {
    write(w, m) {
      w.uint(m.slot);
      writeBallot(w, m.ballot);
      w.uint(m.leftUs);
    },
    read: (r) => ({ kind: 'HOLD', slot: r.uint(), ballot: readBallot(r), leftUs: r.uint() }),
  },
  NACK: {
    write(w, m) {
      w.uint(m.slot);
      writeBallot(w, m.ballot);
      w.u8(NACK_WHYS.indexOf(m.why));
      writeBallot(w, m.promised);
    },
    read(r) {
      const slot = r.uint();
      const ballot = readBallot(r);
      const why = NACK_WHYS[r.u8()];
      if (why === undefined) r.failed = true;
      return { kind: 'NACK', slot, ballot, why: why ?? 'invalid', promised: readBallot(r) };
    },
  },
  DECIDE: {
    write: (w, m) => writeView(w, m.view),
    read: (r) => ({ kind: 'DECIDE', view: readView(r) }),
  },
  VIEW_REQ: {
    write: (w, m) => w.uint(m.epoch),
    read: (r) => ({ kind: 'VIEW_REQ', epoch: r.uint() }),
  },
  RELINQUISH: { write() {}, read: () => ({ kind: 'RELINQUISH' }) },
};

/** Names by number. */
export const MEMBERSHIP_KINDS = Object.keys(FORMS) as readonly Kind[];

/** Writes the payload and returns the number of its kind, from 0. */
export function encodeMembership(m: MembershipMessage, w: Writer): number {
  (FORMS[m.kind] as Form<MembershipMessage>).write(w, m);
  return MEMBERSHIP_KINDS.indexOf(m.kind);
}

/** Undefined: not a message of this room. */
export function decodeMembership(number: number, r: Reader): MembershipMessage | undefined {
  const kind = MEMBERSHIP_KINDS[number];
  if (kind === undefined) return undefined;
  const message = FORMS[kind].read(r);
  return r.done() ? message : undefined;
}

/** A message inside something larger: its kind, then its payload. */
export function writeMessage(w: Writer, m: MembershipMessage): void {
  w.u8(MEMBERSHIP_KINDS.indexOf(m.kind));
  encodeMembership(m, w);
}

export function readMessage(r: Reader): MembershipMessage {
  const kind = MEMBERSHIP_KINDS[r.u8()];
  if (kind === undefined) r.failed = true;
  return FORMS[kind ?? 'RELINQUISH'].read(r);
}
