/**
 * What the invariants remember (spec §11.2): built from events alone, never from the machine's own
 * bookkeeping of acknowledgements, so that a wrong count there is seen here.
 *
 * Violations that show in one event are kept in `broken`; `invariants.ts` reports them.
 */
import type { Bytes, Key, NodeId, NodeRef } from '../../base/operation.ts';
import type { Machine, ProtocolEvent } from '../machine.ts';
import type { View } from '../membership.ts';
import type { Told } from './answers.ts';
import { fromCanonical, toCanonical } from './canonical.ts';
import {
  type MembershipGhost,
  breaks,
  onChosen,
  onGrant,
  onLease,
  onRetire,
  onView,
  refName,
} from './membership-ghost.ts';
import { type Ts, ZERO, compareTs, ownerOf, parseTs, printTs } from './timestamp.ts';

/** An update, by its timestamp. */
export interface GhostUpdate {
  readonly ts: Ts;
  readonly base: Ts;
  readonly rmw: boolean;
  readonly value: Bytes | null;
  /** The timestamp whose value this is: its own, but for the planted bug `replay-new-timestamp`. */
  readonly of: string;
  /** Highest timestamp completed or read when the latest of its clients asked. */
  readonly before: Ts;
  /** All members acknowledged in one epoch: it took effect (spec §15.0). */
  completed: boolean;
  committed: boolean;
  read: boolean;
  /** Reported aborted: it must never take effect. */
  failed: boolean;
  /** All members of one view are known to have passed through exactly this timestamp. */
  clean: boolean;
  /** Nothing higher had been completed or read when it first was. */
  raised: boolean;
}

/** A ref held a timestamp from one epoch to another (`to` −1: still). */
interface Held {
  readonly ts: string;
  readonly from: number;
  to: number;
}

export interface GhostKey {
  readonly updates: Map<string, GhostUpdate>;
  /** What each ref held, in order. */
  readonly held: Map<string, Held[]>;
  /** Highest timestamp completed or read. */
  seen: Ts;
  /** Highest timestamp completed. */
  done: Ts;
  /** Highest `before` of the updates completed or read. */
  floor: Ts;
}

interface GhostOp {
  readonly key: Key;
  readonly before: Ts;
  readonly attempts: string[];
}

interface GhostNode {
  readonly ref: NodeRef;
  epoch: number;
  role: 'full' | 'shadow' | 'none';
}

export interface HermesGhost extends MembershipGhost {
  readonly nodes: Map<NodeId, GhostNode>;
  /** Epochs that each ref has installed. */
  readonly installs: Map<string, number[]>;
  readonly keys: Map<Key, GhostKey>;
  /** Requests that are not answered. */
  readonly ops: Map<string, GhostOp>;
}

/** The ghost of the machine. */
export const hermesGhost: Machine<never, never, never, never, HermesGhost>['ghost'] = {
  init: () => ({
    nodes: new Map(),
    views: new Map(),
    chosen: new Map(),
    grants: new Map(),
    uses: new Map(),
    installs: new Map(),
    keys: new Map(),
    ops: new Map(),
    broken: new Map(),
  }),
  on(g, node, event) {
    HANDLERS[event.type]?.(g, node, event);
  },
  save: toCanonical,
  load: (bytes) => fromCanonical(bytes) as HermesGhost,
};

/** The latest view that any node has installed. */
export function latestView(g: HermesGhost): View | undefined {
  return latestOf(g.views);
}

/** The view of the highest epoch. Views are only ever added: it is looked for again when there are more. */
export function latestOf(views: ReadonlyMap<number, View>): View | undefined {
  const known = latest.get(views);
  if (known?.of === views.size) return known.view;
  const view = views.get(Math.max(0, ...views.keys()));
  latest.set(views, { of: views.size, view });
  return view;
}

const latest = new WeakMap<ReadonlyMap<number, View>, { of: number; view: View | undefined }>();

/**
 * Did all members of one view pass through exactly this timestamp while in its epoch? The
 * coordinator of a write need not hold it any more: overtaken, it sends its write again in every new
 * epoch, and it passed through it when it issued it (R-8.2: an INV of it is as good as an ACK).
 */
export function isClean(g: HermesGhost, key: GhostKey, update: GhostUpdate): boolean {
  if (update.clean) return true;
  const coordinator = update.rmw ? undefined : ownerOf(update.ts.c);
  const isSo = (epoch: number): boolean => isCleanIn(g, key, update.ts, epoch, coordinator);
  // It is nearly always so in the latest.
  update.clean = isSo(latestView(g)?.epoch ?? 0) || [...g.views.keys()].some(isSo);
  return update.clean;
}

/** `anyEpoch`: this member may have passed through it in an earlier epoch. */
function isCleanIn(
  g: HermesGhost,
  key: GhostKey,
  ts: Ts,
  epoch: number,
  anyEpoch?: NodeId,
): boolean {
  const view = g.views.get(epoch);
  if (view === undefined) return false;
  const text = printTs(ts);
  const passed = (ref: NodeRef): boolean => {
    const name = refName(ref);
    if (!(g.installs.get(name)?.includes(epoch) ?? false)) return false;
    const still = (h: Held): boolean => h.to < 0 || h.to >= epoch || ref.id === anyEpoch;
    const fits = (h: Held): boolean => h.ts === text && h.from <= epoch && still(h);
    // What is asked for is nearly always the latest.
    return key.held.get(name)?.findLast(fits) !== undefined;
  };
  return view.full.every(passed) && view.shadow.every(passed);
}

type Handler = (g: HermesGhost, node: NodeId, event: ProtocolEvent) => void;

/** Events that the ghost remembers something of; the others are for traces. */
const HANDLERS: Readonly<Record<string, Handler>> = {
  boot(g, node, event) {
    g.nodes.set(node, { ref: event.detail as NodeRef, epoch: 0, role: 'none' });
  },
  install(g, node, event) {
    const { self, view } = event.detail as { self: NodeRef; view: View };
    onView(g, view);
    const role = view.full.some((ref) => ref.id === self.id) ? 'full' : 'shadow';
    g.nodes.set(node, { ref: self, epoch: view.epoch, role });
    const name = refName(self);
    g.installs.set(name, [...(g.installs.get(name) ?? []), view.epoch]);
  },
  leave(g, node, event) {
    const { self, view } = event.detail as { self: NodeRef; view: View };
    onView(g, view);
    g.nodes.set(node, { ref: self, epoch: 0, role: 'none' });
  },
  chosen: onChosen,
  grant: onGrant,
  relinquished: onGrant,
  lease: onLease,
  retire: onRetire,
  invoke(g, node, event) {
    const key = event.key as Key;
    const before = g.keys.get(key)?.seen ?? ZERO;
    g.ops.set(`${node}:${event.op}`, { key, before, attempts: [] });
  },
  issue: onIssue,
  replay: onReplay,
  adopt(g, node, event) {
    hold(g, node, keyOf(g, event), event);
  },
  commit: onCommit,
  validate(g, _node, event) {
    const update = updateOf(g, event);
    if (update?.failed === true)
      breaks(g, 'I7', `${event.key} ${event.ts} failed, yet it is valid`);
  },
  complete: onComplete,
  read: onRead,
  abort(g, _node, event) {
    const update = updateOf(g, event);
    if (update !== undefined) fails(g, event.key as Key, update);
  },
  reply: onReply,
};

interface Issue {
  readonly base: Ts;
  readonly ts: Ts;
  readonly rmw: boolean;
  readonly value: Bytes | null;
  readonly ops: readonly number[];
}

function onIssue(g: HermesGhost, node: NodeId, event: ProtocolEvent): void {
  const key = keyOf(g, event);
  const { base, ts, rmw, value, ops } = event.detail as Issue;
  let before = ZERO;
  for (const id of ops) {
    const op = g.ops.get(`${node}:${id}`);
    op?.attempts.push(event.ts as string);
    if (op !== undefined) before = later(before, op.before);
  }
  add(g, event, key, { ts, base, rmw, value, of: event.ts as string, before });
  hold(g, node, key, event);
}

function onReplay(g: HermesGhost, node: NodeId, event: ProtocolEvent): void {
  const key = keyOf(g, event);
  const { of, ts } = event.detail as { of: Ts; ts: Ts };
  const original = key.updates.get(printTs(of));
  if (compareTs(of, ts) === 0 || original === undefined) return;
  add(g, event, key, { ...original, ts, of: original.of });
  hold(g, node, key, event);
}

type NewUpdate = Pick<GhostUpdate, 'ts' | 'base' | 'rmw' | 'value' | 'of' | 'before'>;

function add(g: HermesGhost, event: ProtocolEvent, key: GhostKey, update: NewUpdate): void {
  const text = event.ts as string;
  if (key.updates.has(text)) breaks(g, 'I2', `${event.key} ${text} was issued twice`);
  const open = { completed: false, committed: false, read: false, failed: false };
  key.updates.set(text, { ...update, ...open, clean: false, raised: false });
}

/** The node's timestamp of the key is now this one. */
function hold(g: HermesGhost, node: NodeId, key: GhostKey, event: ProtocolEvent): void {
  const at = g.nodes.get(node);
  if (at === undefined) return;
  const name = refName(at.ref);
  const held = key.held.get(name) ?? [];
  const last = held.at(-1);
  const text = event.ts as string;
  if (last !== undefined) {
    last.to = at.epoch;
    if (compareTs(tsOf(key, text), tsOf(key, last.ts)) <= 0)
      breaks(g, 'I3', `${event.key} went from ${last.ts} back to ${text} at ${name}`);
  } else key.held.set(name, held);
  held.push({ ts: text, from: at.epoch, to: -1 });
}

function tsOf(key: GhostKey, text: string): Ts {
  return key.updates.get(text)?.ts ?? parseTs(text);
}

function onCommit(g: HermesGhost, node: NodeId, event: ProtocolEvent): void {
  const key = keyOf(g, event);
  const update = updateOf(g, event);
  if (update === undefined) return;
  const epoch = g.nodes.get(node)?.epoch ?? 0;
  if (!isCleanIn(g, key, update.ts, epoch))
    breaks(g, 'I13', `${event.key} ${event.ts} was committed, but a member never held it`);
  if (update.failed) breaks(g, 'I7', `${event.key} ${event.ts} failed, yet it was committed`);
  const base = key.updates.get(printTs(update.base));
  if (update.rmw && base?.failed === true)
    breaks(g, 'I7', `${event.key} ${event.ts} builds on ${printTs(update.base)}, which failed`);
  const news = !isSolid(update) || (update.rmw && !update.committed);
  update.committed = true;
  if (news) checkBetween(g, event.key as Key, key, update);
}

function onComplete(g: HermesGhost, node: NodeId, event: ProtocolEvent): void {
  const key = keyOf(g, event);
  const update = updateOf(g, event);
  if (update === undefined) return;
  const { ops } = event.detail as { ops: readonly number[] };
  for (const id of ops) {
    const op = g.ops.get(`${node}:${id}`);
    if (op !== undefined && compareTs(op.before, update.ts) >= 0)
      breaks(g, 'I9', `${event.key} ${event.ts} completed below ${printTs(op.before)}`);
  }
  const news = !isSolid(update);
  update.completed = true;
  key.done = later(key.done, update.ts);
  becomeSolid(key, update);
  if (news) checkBetween(g, event.key as Key, key, update);
}

function onRead(g: HermesGhost, node: NodeId, event: ProtocolEvent): void {
  const at = g.nodes.get(node);
  const { leaseLeftUs } = event.detail as { leaseLeftUs: number };
  if (at?.role !== 'full' || leaseLeftUs <= 0)
    breaks(g, 'I11', `${event.key} was read at a node that may not serve`);
  const key = keyOf(g, event);
  const update = updateOf(g, event);
  if (update === undefined) return;
  const original = key.updates.get(update.of) ?? update;
  if (original.raised && compareTs(key.floor, original.ts) >= 0)
    breaks(g, 'I10', `${event.key}: ${update.of} was read again after a later update`);
  const news = !isSolid(update);
  update.read = true;
  becomeSolid(key, update);
  if (news) checkBetween(g, event.key as Key, key, update);
}

/** It is known to have taken effect. */
function isSolid({ committed, completed, read }: GhostUpdate): boolean {
  return committed || completed || read;
}

/** An update was completed or read: what is seen from now on may not be older. */
function becomeSolid(key: GhostKey, update: GhostUpdate): void {
  if (compareTs(update.ts, key.seen) > 0) {
    key.seen = update.ts;
    update.raised = true;
  }
  key.floor = later(key.floor, update.before);
}

/** I6: nothing that took effect lies strictly between a committed RMW and its base. */
function checkBetween(g: HermesGhost, name: Key, key: GhostKey, update: GhostUpdate): void {
  for (const other of key.updates.values()) {
    if (other.committed && other.rmw) checkPair(g, name, other, update);
    if (update.committed && update.rmw && isSolid(other)) checkPair(g, name, update, other);
  }
}

function checkPair(g: HermesGhost, name: Key, rmw: GhostUpdate, x: GhostUpdate): void {
  if (compareTs(rmw.base, x.ts) >= 0 || compareTs(x.ts, rmw.ts) >= 0) return;
  const between = `between ${printTs(rmw.base)} and ${printTs(rmw.ts)}, which was built on it`;
  breaks(g, 'I6', `${name} ${printTs(x.ts)} took effect ${between}`);
}

function onReply(g: HermesGhost, node: NodeId, event: ProtocolEvent): void {
  const id = `${node}:${event.op}`;
  const op = g.ops.get(id);
  if (op === undefined) {
    breaks(g, 'I12', `request ${event.op} was answered twice at ${node}`);
    return;
  }
  g.ops.delete(id);
  if ((event.detail as Told).outcome !== 'fail') return;
  for (const ts of op.attempts) {
    const update = g.keys.get(op.key)?.updates.get(ts);
    if (update !== undefined) fails(g, op.key, update);
  }
}

/** Its client was told that it did not happen. */
function fails(g: HermesGhost, name: Key, update: GhostUpdate): void {
  update.failed = true;
  const text = printTs(update.ts);
  if (isSolid(update)) breaks(g, 'I7', `${name} ${text} took effect, yet it failed`);
  for (const other of g.keys.get(name)?.updates.values() ?? [])
    if (other.committed && other.rmw && compareTs(other.base, update.ts) === 0)
      breaks(g, 'I7', `${name} ${printTs(other.ts)} builds on ${text}, which failed`);
}

function keyOf(g: HermesGhost, event: ProtocolEvent): GhostKey {
  const name = event.key as Key;
  let key = g.keys.get(name);
  if (key === undefined) {
    key = { updates: new Map(), held: new Map(), seen: ZERO, done: ZERO, floor: ZERO };
    g.keys.set(name, key);
  }
  return key;
}

function updateOf(g: HermesGhost, event: ProtocolEvent): GhostUpdate | undefined {
  return g.keys.get(event.key as Key)?.updates.get(event.ts as string);
}

function later(a: Ts, b: Ts): Ts {
  return compareTs(a, b) >= 0 ? a : b;
}
