/** One node of a reliable membership, its sink and its port laid open: for tests of single rules. */
import type { NodeId, NodeRef, Result } from '../../base/operation.ts';
import { type Config, type Effects, HOST_TIMING, type ProtocolEvent } from '../machine.ts';
import type { View, ViewPort } from '../membership.ts';
import type { AcceptorRecord } from './codec.ts';
import { HEARTBEAT_TIMER } from './heartbeat.ts';
import type { Heartbeat, MembershipMessage } from './messages.ts';
import { reliableMembership } from './reliable-membership.ts';
import type { MembershipCommand, MembershipState } from './state.ts';

export interface Sent {
  readonly to: NodeId;
  readonly message: MembershipMessage;
  readonly after: number;
}

type Kind = MembershipMessage['kind'];

export class LoneNode {
  state: MembershipState;
  nowUs = 1_000_000;
  sent: Sent[] = [];
  readonly records: AcceptorRecord[] = [];
  readonly timers = new Map<string, number>();
  readonly replies: { readonly result: Result; readonly after: number }[] = [];
  readonly events: ProtocolEvent[] = [];
  readonly views: View[] = [];
  leaseUs = 0;
  lost = false;
  reborn = 0;
  readonly #port: ViewPort = {
    view: (view) => this.views.push(view),
    lease: (untilUs) => {
      this.leaseUs = untilUs;
    },
    lost: (lost) => {
      this.lost = lost;
    },
  };

  constructor(config: Partial<Config> = {}, incarnation = 1, records: AcceptorRecord[] = []) {
    const all: Config = {
      self: 0,
      members: [0, 1, 2],
      timing: HOST_TIMING,
      options: {},
      bugs: new Set(),
      seed: undefined,
      ...config,
    };
    this.state = reliableMembership.init(
      all,
      { incarnation, records },
      this.nowUs,
      this.#out,
      this.#port,
    );
  }

  readonly #out: Effects<MembershipMessage, AcceptorRecord> = {
    send: (to, message, after = this.records.length) => this.sent.push({ to, message, after }),
    reply: (_id, result, after = this.records.length) => this.replies.push({ result, after }),
    append: (record) => this.records.push(record),
    checkpoint: (records) => this.records.push(...records),
    reborn: () => {
      this.reborn++;
    },
    setTimer: (id, inUs) => {
      this.timers.set(id, this.nowUs + inUs);
    },
    cancelTimer: (id) => {
      this.timers.delete(id);
    },
    event: (event) => {
      this.events.push(event);
    },
  };

  /** A message arrives; returns what was sent because of it. */
  get(from: NodeRef, message: MembershipMessage): readonly Sent[] {
    return this.#step({ kind: 'message', from, message });
  }

  /** A heartbeat arrives; what is not said is as of a content member. */
  hear(from: NodeRef, what: Partial<Heartbeat> = {}): readonly Sent[] {
    return this.get(from, {
      kind: 'HB',
      seq: 1,
      epoch: this.state.chosen.epoch,
      hears: [0, 1, 2],
      join: false,
      caughtUp: false,
      leaving: false,
      ...what,
    });
  }

  /** Time passes, then the timer goes off. */
  fire(timer: string, afterUs = 0): readonly Sent[] {
    this.nowUs += afterUs;
    this.timers.delete(timer);
    return this.#step({ kind: 'timer', timer });
  }

  beat(afterUs: number = HOST_TIMING.heartbeatUs): readonly Sent[] {
    return this.fire(HEARTBEAT_TIMER, afterUs);
  }

  /** Everything written so far is on disk. */
  sync(): readonly Sent[] {
    return this.#step({ kind: 'durable', lsn: this.records.length });
  }

  order(f: MembershipCommand['f']): readonly Sent[] {
    return this.#step({ kind: 'admin', id: 1, command: { f } });
  }

  /** A hint of the data path. */
  hint(
    give: (m: typeof reliableMembership, out: Effects<MembershipMessage, AcceptorRecord>) => void,
  ) {
    this.sent = [];
    give(reliableMembership, this.#out);
    return this.sent;
  }

  /** What was sent last to somebody else, of one kind. */
  last<K extends Kind>(kind: K): Extract<MembershipMessage, { kind: K }> | undefined {
    const found = this.sent.filter(({ message }) => message.kind === kind).at(-1);
    return found?.message as Extract<MembershipMessage, { kind: K }> | undefined;
  }

  #step(input: Parameters<typeof reliableMembership.step>[1]): readonly Sent[] {
    this.sent = [];
    reliableMembership.step(this.state, input, this.nowUs, this.#out, this.#port);
    return this.sent;
  }
}

export const ref = (id: NodeId, inc = 1): NodeRef => ({ id, inc });

/** The ids of those a message of that kind went to. */
export function receivers(sent: readonly Sent[], kind: Kind): NodeId[] {
  return sent.filter(({ message }) => message.kind === kind).map(({ to }) => to);
}
