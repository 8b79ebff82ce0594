/**
 * A node of the published TLA+ specification, played by the real machine.
 *
 * The specification names actions where a machine has inputs, and remembers what a machine forgets:
 * who wrote last, which acknowledgements came, in which epoch a write was last sent. So the machine is
 * put in a case that gives it the inputs that an action stands for, and keeps those history variables.
 * The case decides when, as the guards of the specification do; what happens then is up to the machine.
 * docs/tla.md goes through the actions one by one.
 */
import { Reader, Writer } from '../../base/bytes.ts';
import type { Command, NodeId } from '../../base/operation.ts';
import type { HermesMessage } from '../../protocols/hermes/messages.ts';
import { scriptedHermes } from '../../protocols/hermes/protocol.ts';
import type { ReplicaState } from '../../protocols/hermes/replica.ts';
import { stateName } from '../../protocols/hermes/state.ts';
import { type Ts, ZERO, compareTs } from '../../protocols/hermes/timestamp.ts';
import { fromCanonical, toCanonical } from '../../protocols/hermes/canonical.ts';
import {
  type Config,
  type Effects,
  type Input,
  type Machine,
  NO_EFFECTS,
} from '../../protocols/machine.ts';
import { type View, firstView } from '../../protocols/membership.ts';
import { nextView } from '../../protocols/next-view.ts';

/** An action of the specification that is no message: those of HNext and HRNext, by what they do. */
export type TlaAction =
  | { readonly f: 'write' | 'rmw' | 'send-vals' | 'coordinator-replay' | 'follower-replay' }
  /** `alive`: who is left, this node perhaps not. */
  | { readonly f: 'failure'; readonly alive: readonly NodeId[] };

/** The machine, and what the specification remembers of it. */
export interface TlaNode {
  inner: ReplicaState<undefined>;
  dead: boolean;
  /** nodeRcvedAcks, as bits. Kept when the write is over, as the specification does. */
  acks: number;
  /** nodeLastWriter. */
  lastWriter: NodeId;
  /** nodeLastWriteTS. */
  lastWriteTs: Ts;
  /** nodeWriteEpochID, from 1. */
  writeEpoch: number;
  /** The specification calls the node `invalid` from here on, although its own write is open still. */
  forgotten: boolean;
}

/** committedRMWs and committedWrites. */
export interface TlaCommits {
  readonly rmws: Ts[];
  readonly writes: Ts[];
}

const KEY = 'k';
const { machine } = scriptedHermes;

type Out = Effects<HermesMessage, never>;
type Given = Input<HermesMessage, TlaAction>;

/** The case as a machine, so that it is explored like any other. */
export const tlaMachine: Machine<TlaNode, HermesMessage, never, TlaAction, TlaCommits> = {
  init: (config, { incarnation, records }, nowUs) => ({
    inner: machine.init(config, { incarnation, records }, nowUs, NO_EFFECTS),
    dead: false,
    acks: 0,
    lastWriter: 0,
    lastWriteTs: ZERO,
    writeEpoch: 1,
    forgotten: false,
  }),
  step(s, input, _nowUs, out) {
    if (s.dead) return;
    if (input.kind === 'message') onMessage(s, input, out);
    else if (input.kind === 'admin') ACTIONS[input.command.f](s, out, input.command as never);
  },
  save(s) {
    const w = new Writer();
    w.bytes(machine.save(s.inner));
    w.latin1(history(s));
    return Uint8Array.from(w.view());
  },
  load(bytes, config) {
    const r = new Reader(bytes);
    const inner = machine.load(Uint8Array.from(r.bytes()), config);
    return { inner, ...(JSON.parse(r.latin1()) as Omit<TlaNode, 'inner'>) };
  },
  status: (s, nowUs) => machine.status(s.inner, nowUs),
  ghost: {
    init: () => ({ rmws: [], writes: [] }),
    on(g, _node, { detail }) {
      const { rmw, ts } = detail as { rmw: boolean; ts: Ts };
      const set = rmw ? g.rmws : g.writes;
      if (set.every((other) => compareTs(other, ts) !== 0)) set.push(ts);
      set.sort(compareTs);
    },
    save: toCanonical,
    load: (bytes) => fromCanonical(bytes) as TlaCommits,
  },
  invariants: {},
};

function history({ dead, acks, lastWriter, lastWriteTs, writeEpoch, forgotten }: TlaNode): string {
  return JSON.stringify({ dead, acks, lastWriter, lastWriteTs, writeEpoch, forgotten });
}

/** What the specification has of the machine itself. */
interface Seen {
  readonly state: 'valid' | 'invalid' | 'invalid_write' | 'write' | 'replay';
  readonly ts: Ts;
  readonly rmw: boolean;
}

const UNWRITTEN: Seen = { state: 'valid', ts: ZERO, rmw: false };
const STATES = {
  V: 'valid',
  'V+p': 'valid',
  I: 'invalid',
  T: 'invalid_write',
  W: 'write',
  R: 'replay',
} as const;

/** nodeState, nodeTS and nodeFlagRMW, read off the machine. */
export function seen(s: TlaNode): Seen {
  const rec = s.inner.core.keys.get(KEY);
  if (rec === undefined) return UNWRITTEN;
  const { ts, rmw } = rec;
  const state = STATES[stateName(rec)];
  // Once sent again in a later epoch, a write is a replay to the specification, overtaken or not.
  const again = rec.pend !== undefined && rec.pend.resent > 0;
  if (state === 'write' && again) return { state: 'replay', ts, rmw };
  if (state === 'invalid_write' && (again || s.forgotten)) return { state: 'invalid', ts, rmw };
  return { state, ts, rmw };
}

/** All variables of one node, in print: equal text, equal for the specification. */
export function project(s: TlaNode): string {
  const { state, ts, rmw } = seen(s);
  const { acks, lastWriter, lastWriteTs, writeEpoch } = s;
  const stamps = `${ts.v}.${ts.c} ${lastWriteTs.v}.${lastWriteTs.c}`;
  return `${state} ${rmw ? 1 : 0} ${stamps} ${acks} ${lastWriter} ${writeEpoch}`;
}

/** A message as an element of `msgs`: neither its receiver nor what only our machine says counts. */
export function projectMessage(message: HermesMessage, from: NodeId): string | undefined {
  switch (message.kind) {
    case 'INV':
      return `INV ${from} ${message.epoch} ${message.ts.v}.${message.ts.c}${message.rmw ? ' rmw' : ''}`;
    case 'ACK':
      return `ACK ${from} ${message.epoch} ${message.ts.v}.${message.ts.c}`;
    case 'VAL':
      return `VAL ${message.ts.v}.${message.ts.c}`;
    default:
      return undefined;
  }
}

function give(s: TlaNode, out: Out, ...inputs: Input<HermesMessage, unknown>[]): void {
  // The specification has words for messages alone.
  const passing: Out = { ...NO_EFFECTS, send: (to, message) => out.send(to, message, 0) };
  for (const input of inputs) machine.step(s.inner, input as never, 0, passing);
}

function epochOf(s: TlaNode): number {
  return s.inner.core.installed?.view.epoch ?? 0;
}

function self(s: TlaNode): NodeId {
  return s.inner.core.self.id;
}

/** receivedAllAcks. */
export function hasAllAcks(s: TlaNode): boolean {
  const installed = s.inner.core.installed;
  return ((installed?.othersLow ?? 0) & ~s.acks) === 0;
}

/** Messages are addressed to nobody: HRcvInv, HRcvAck, HRcvVal. */
function onMessage(s: TlaNode, input: Given & { kind: 'message' }, out: Out): void {
  const { message, from } = input;
  if (message.kind === 'VAL') {
    // The specification's VAL names neither an epoch nor a sender.
    const other = s.inner.core.installed?.others[0];
    if (other === undefined) return;
    const val = { ...message, epoch: epochOf(s) };
    give(s, out, { kind: 'message', from: { id: other, inc: 1 }, message: val });
    tidy(s);
  } else if (from.id === self(s) || message.epoch !== epochOf(s)) return;
  else if (message.kind === 'ACK') onAck(s, from.id, message.ts, out, input);
  else if (message.kind === 'INV') onInv(s, from.id, message.ts, out, input);
}

function onInv(s: TlaNode, from: NodeId, ts: Ts, out: Out, input: Given): void {
  const before = seen(s);
  give(s, out, input as never);
  if (compareTs(ts, before.ts) <= 0) return;
  s.lastWriter = from;
  // HRSpec keeps an own write open only if what overtook it was a write.
  s.forgotten ||= before.state === 'invalid_write' && before.rmw;
  tidy(s);
}

/**
 * HRcvAck counts, HSendVals completes: two actions. The machine does both with the last
 * acknowledgement; so that one is counted here, and the machine gets it with HSendVals.
 */
function onAck(s: TlaNode, from: NodeId, ts: Ts, out: Out, input: Given): void {
  const { state } = seen(s);
  if (state !== 'write' && state !== 'invalid_write' && state !== 'replay') return;
  if (compareTs(ts, s.lastWriteTs) !== 0) return;
  s.acks |= 1 << from;
  if (!hasAllAcks(s)) give(s, out, input as never);
}

/** `forgotten` says something of an overtaken write only. */
function tidy(s: TlaNode): void {
  const rec = s.inner.core.keys.get(KEY);
  if (rec === undefined || stateName(rec) !== 'T') s.forgotten = false;
}

const VALUE = Buffer.alloc(0);
const REQUEST = 1;

/** An update whose client leaves at once: the specification has no clients. */
function update(s: TlaNode, out: Out, command: Command): void {
  give(
    s,
    out,
    { kind: 'request', id: REQUEST, command, deadlineUs: Infinity },
    { kind: 'gone', id: REQUEST },
  );
  wrote(s, 0);
}

/** h_upd_state: this node is the last writer, with what it holds, in its epoch. */
function wrote(s: TlaNode, acks: number): void {
  s.lastWriter = self(s);
  s.lastWriteTs = seen(s).ts;
  s.writeEpoch = epochOf(s);
  s.acks = acks;
  tidy(s);
}

/** For committedRMWs and committedWrites, if the node is valid now. */
function tellCommit(s: TlaNode, out: Out): void {
  const { state, ts, rmw } = seen(s);
  if (state === 'valid') out.event({ type: 'commit', detail: { ts, rmw } });
}

type Handlers = {
  readonly [F in TlaAction['f']]: (
    s: TlaNode,
    out: Out,
    action: Extract<TlaAction, { f: F }>,
  ) => void;
};

/** Actions as inputs. Their guards are in `tla-model.ts`. */
const ACTIONS: Handlers = {
  write: (s, out) => update(s, out, { f: 'set', key: KEY, value: VALUE }),
  rmw: (s, out) => update(s, out, { f: 'getset', key: KEY, value: VALUE }),
  'send-vals': (s, out) => {
    const epoch = epochOf(s);
    for (const id of s.inner.core.installed?.others ?? []) {
      const ack = { kind: 'ACK', key: KEY, epoch, ts: s.lastWriteTs, sup: false } as const;
      give(s, out, { kind: 'message', from: { id, inc: 1 }, message: ack });
    }
    tellCommit(s, out);
  },
  'coordinator-replay': (s, out) => {
    const rmw = seen(s).rmw;
    give(s, out, { kind: 'timer', timer: `retransmit ${KEY}` });
    wrote(s, rmw ? 0 : s.acks);
  },
  // Somebody asks, waits until the timer goes off, and leaves.
  'follower-replay': (s, out) => {
    const command: Command = { f: 'get', key: KEY };
    give(
      s,
      out,
      { kind: 'request', id: REQUEST, command, deadlineUs: Infinity },
      { kind: 'timer', timer: `replay ${KEY}` },
      { kind: 'gone', id: REQUEST },
    );
    wrote(s, 0);
  },
  // What the machine sends with a new view is lost: the specification sends it later, or never.
  failure: (s, out, { alive }) => {
    s.acks = 0;
    s.dead = !alive.includes(self(s));
    if (s.dead) return;
    const view = viewOf(s.inner.core.config, alive);
    const before = seen(s).state;
    const vals: Out = {
      ...NO_EFFECTS,
      send: (to, message) => message.kind === 'VAL' && out.send(to, message),
    };
    give(s, vals, { kind: 'admin', id: 0, command: { f: 'view', view } });
    // Where acknowledgements are kept (F6), nothing may be missing any more.
    if (before !== 'valid') tellCommit(s, out);
  },
};

/** The view in which these are left, whoever of the others failed first. */
function viewOf(config: Config, alive: readonly NodeId[]): View {
  const epoch = 1 + config.members.length - alive.length;
  const before = { ...firstView(config.members), epoch: epoch - 1 };
  return nextView(
    before,
    alive.map((id) => ({ id, inc: 1 })),
  );
}
