/** The data path of Hermes with memberships that decide nothing: for tests and exploration. */
import { fixedMembership } from '../fixed-membership.ts';
import type { Machine, Protocol } from '../machine.ts';
import type { Membership } from '../membership.ts';
import { scriptedMembership } from '../scripted-membership.ts';
import { HERMES_BUGS } from './bugs.ts';
import { hermesCodec } from './codec.ts';
import { PUBLISHED } from './findings.ts';
import type { HermesGhost } from './ghost.ts';
import { type HermesMessage, showMessage } from './messages.ts';
import { HERMES_OPTIONS } from './options.ts';
import { peekCore } from './peek.ts';
import { type ReplicaState, hermesReplica } from './replica.ts';

/** Hermes with the membership of its first start, for good. */
export const fixedHermes = protocol('hermes-fixed', fixedMembership);

/** Hermes with a membership that a script controls. */
export const scriptedHermes = protocol('hermes-scripted', scriptedMembership);

function protocol<A>(
  name: string,
  membership: Membership<undefined, never, never, A>,
): Protocol<ReplicaState<undefined>, HermesMessage, never, A, HermesGhost> {
  return {
    name,
    machine: hermesReplica(membership) as Machine<
      ReplicaState<undefined>,
      HermesMessage,
      never,
      A,
      HermesGhost
    >,
    messages: hermesCodec,
    records: { encode() {}, decode: () => undefined },
    bugs: HERMES_BUGS,
    published: PUBLISHED,
    options: HERMES_OPTIONS,
    show: showMessage,
    peek: (s, key) => peekCore(s.core, key),
  };
}
