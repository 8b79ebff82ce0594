/**
 * Hermes with views, leases and rejoin, agreed on by Paxos: the data path and the reliable membership
 * as one protocol.
 */
import type { Protocol } from '../machine.ts';
import {
  type AcceptorRecord,
  MEMBERSHIP_KINDS,
  decodeMembership,
  encodeMembership,
  readRecord,
  writeRecord,
} from '../membership/codec.ts';
import { type MembershipMessage, showMembershipMessage } from '../membership/messages.ts';
import { reliableMembership } from '../membership/reliable-membership.ts';
import type { MembershipCommand, MembershipState } from '../membership/state.ts';
import { HERMES_BUGS } from './bugs.ts';
import { hermesCodec } from './codec.ts';
import { PUBLISHED } from './findings.ts';
import type { HermesGhost } from './ghost.ts';
import { type HermesMessage, showMessage } from './messages.ts';
import { MEMBERSHIP_BUGS } from './membership-bugs.ts';
import { notice } from './notice.ts';
import { HERMES_OPTIONS } from './options.ts';
import { peekCore } from './peek.ts';
import { type ReplicaState, hermesReplica, isData } from './replica.ts';

type Message = HermesMessage | MembershipMessage;

/** Frame kinds of the membership: room is left for more of the data path. */
const MEMBERSHIP_FIRST = 32;

export const reliableHermes: Protocol<
  ReplicaState<MembershipState>,
  Message,
  AcceptorRecord,
  MembershipCommand,
  HermesGhost
> = {
  name: 'hermes',
  machine: hermesReplica(reliableMembership),
  messages: {
    kinds: [...padded(hermesCodec.kinds, MEMBERSHIP_FIRST - 16), ...MEMBERSHIP_KINDS],
    encode: (m, w) =>
      isData(m) ? hermesCodec.encode(m, w) : MEMBERSHIP_FIRST + encodeMembership(m, w),
    decode: (kind, r) =>
      kind < MEMBERSHIP_FIRST
        ? hermesCodec.decode(kind, r)
        : decodeMembership(kind - MEMBERSHIP_FIRST, r),
  },
  records: { encode: (record, w) => writeRecord(w, record), decode: readRecord },
  bugs: [...HERMES_BUGS, ...MEMBERSHIP_BUGS],
  published: PUBLISHED,
  options: HERMES_OPTIONS,
  notice,
  show: (m) => (isData(m) ? showMessage(m) : showMembershipMessage(m)),
  admin(words) {
    const f = words[0]?.toLowerCase();
    if (words.length !== 1) return undefined;
    return f === 'join' || f === 'leave' || f === 'mend' ? { f } : undefined;
  },
  peek: (s, key) => peekCore(s.core, key),
};

function padded(kinds: readonly string[], length: number): string[] {
  return [...kinds, ...Array.from({ length: length - kinds.length }, () => 'unused')];
}
