/**
 * The invariants of the data path, checked after every step (spec §11.2). "Full" means: full member
 * of the latest view that any node has installed, in the same incarnation.
 */
import { nodeName } from '../../base/node-name.ts';
import type { Bytes, Key, NodeRef } from '../../base/operation.ts';
import type { Invariant, World } from '../machine.ts';
import { sameBytes } from './evaluate.ts';
import type { View } from '../membership.ts';
import { type GhostKey, type HermesGhost, isClean, latestOf, latestView } from './ghost.ts';
import { grantName, refName } from './membership-ghost.ts';
import type { HermesMessage, Inv } from './messages.ts';
import { showValue } from './messages.ts';
import { type Core, type KeyRec, operational, stateName } from './state.ts';
import { type Ts, ZERO, compareTs, printTs } from './timestamp.ts';

/** Whatever holds a data path: the state of a replica. */
export interface CoreHolder {
  readonly core: Core;
}

type Check = Invariant<CoreHolder, { readonly kind: string }, HermesGhost>;
type Seen = World<CoreHolder, { readonly kind: string }, HermesGhost>;

/** I6, I7, I9, I10, I12, I13: they show in an event, and the ghost has noticed. */
function remembered(id: string): Check {
  return (world) => world.ghost.broken.get(id);
}

/** I1: two full members in which a key is Valid hold the same timestamp and value. */
const sameValue: Check = (world) => {
  const members = fullMembers(world);
  for (const key of world.lately ?? world.ghost.keys.keys()) {
    const valid = members.flatMap((core) => validOf(core, key) ?? []);
    const first = valid[0];
    const other = valid.find((v) => first !== undefined && !same(first, v));
    if (first !== undefined && other !== undefined)
      return `${key} is Valid with ${show(first)} at ${first.at} and ${show(other)} at ${other.at}`;
  }
  return undefined;
};

/** I2: one timestamp, one value and one flag, at all nodes and in all messages. */
const oneValue: Check = (world) => {
  for (const { core } of world.nodes)
    for (const rec of recordsOf(world, core)) {
      const wrong = unlike(world.ghost, rec.key, rec.ts, rec.value, rec.rmw);
      if (wrong !== undefined) return `${wrong} at ${nodeName(core.self.id)}`;
    }
  for (const message of world.messages) {
    if (message.kind !== 'INV') continue;
    const { key, ts, value, rmw } = message as HermesMessage as Inv;
    const wrong = unlike(world.ghost, key, ts, value, rmw);
    if (wrong !== undefined) return `${wrong} in a message`;
  }
  return world.ghost.broken.get('I2');
};

function unlike(
  g: HermesGhost,
  key: Key,
  ts: Ts,
  value: Bytes | null,
  rmw: boolean,
): string | undefined {
  if (compareTs(ts, ZERO) === 0) return undefined;
  const name = `${key} ${printTs(ts)}`;
  const update = g.keys.get(key)?.updates.get(printTs(ts));
  if (update === undefined) return `${name} was never issued`;
  if (!sameBytes(update.value, value)) return `${name} stands for two values`;
  return update.rmw === rmw ? undefined : `${name} changed its rmw flag`;
}

/** I3: the rules of representation (spec §1.3); that timestamps only grow, the ghost sees. */
const wellFormed: Check = (world) => {
  for (const { core } of world.nodes)
    for (const rec of recordsOf(world, core)) {
      const wrong = malformed(rec);
      if (wrong !== undefined) return `${rec.key} at ${nodeName(core.self.id)}: ${wrong}`;
    }
  return world.ghost.broken.get('I3');
};

function malformed(rec: KeyRec): string | undefined {
  const { pend, state } = rec;
  const doomed = rec.waiting?.doomed;
  const order = pend === undefined ? -1 : compareTs(pend.ts, rec.ts);
  if (order > 0) return 'the pending update is above the key';
  if ((state === 'W' || state === 'R') !== (order === 0)) return `${state} without its update`;
  if (order === 0 && (state === 'R') !== (pend?.kind === 'replay')) return 'W and R mixed up';
  if (pend !== undefined && order < 0 && pend.kind !== 'write') return `overtaken ${pend.kind}`;
  if (doomed === undefined) return undefined;
  if (state === 'V') return 'Valid, and a read-modify-write still doomed';
  if (pend?.kind === 'rmw') return 'a read-modify-write beside a doomed one';
  return compareTs(doomed.ts, rec.ts) < 0 ? undefined : 'doomed by nothing higher';
}

/** I4: every full member holds every completed update, or a later one. */
const nothingLost: Check = (world) => lostBy(world, fullMembers(world));

function lostBy(world: Seen, members: readonly Core[]): string | undefined {
  for (const core of members)
    for (const [key, ghost] of ghostsOf(world)) {
      const ts = core.keys.get(key)?.ts ?? ZERO;
      if (compareTs(ts, ghost.done) < 0)
        return `${key} ${printTs(ghost.done)} completed, but ${nodeName(core.self.id)} has ${printTs(ts)}`;
    }
  return undefined;
}

/** I5: what is Valid anywhere was passed through by all members of some view. */
const validIsCommitted: Check = (world) => {
  for (const { core } of world.nodes)
    for (const rec of recordsOf(world, core)) {
      if (rec.state !== 'V' || compareTs(rec.ts, ZERO) === 0) continue;
      const key = world.ghost.keys.get(rec.key) as GhostKey;
      const update = key?.updates.get(printTs(rec.ts));
      if (update === undefined || !isClean(world.ghost, key, update))
        return `${rec.key} ${printTs(rec.ts)} is Valid at ${nodeName(core.self.id)}, but not committed`;
    }
  return undefined;
};

/** I8: who may answer a read holds everything that was completed or read. */
const freshReads: Check = (world) => {
  for (const { core } of world.nodes) {
    const leased =
      core.leaseUntilUs === Infinity || world.trueUs(core.self.id, core.leaseUntilUs) > world.atUs;
    if (!leased || !operational(core, 0)) continue;
    for (const [key, ghost] of ghostsOf(world)) {
      const rec = core.keys.get(key);
      if (rec !== undefined && rec.state !== 'V') continue;
      const ts = rec?.ts ?? ZERO;
      if (compareTs(ts, ghost.seen) < 0)
        return `${key} ${printTs(ghost.seen)} was seen, but ${nodeName(core.self.id)} would answer ${printTs(ts)}`;
    }
  }
  return undefined;
};

/** I11: only full members coordinate or replay; reads by others the ghost sees. */
const onlyMembersAct: Check = (world) => {
  for (const { core } of world.nodes)
    for (const rec of recordsOf(world, core))
      if (rec.pend !== undefined && core.installed?.full !== true)
        return `${nodeName(core.self.id)} is no full member, but ${rec.key} is ${stateName(rec)} there`;
  return world.ghost.broken.get('I11');
};

/** M2: who is not a full member of the latest chosen view has no lease any more. */
const noLeaseOutside: Check = (world) => {
  const view = latestChosen(world.ghost);
  if (view === undefined) return undefined;
  for (const { core } of world.nodes) {
    if (core.leaseUntilUs === 0 || has(view.full, core.self)) continue;
    if (world.trueUs(core.self.id, core.leaseUntilUs) > world.atUs)
      return `${nodeName(core.self.id)} has a lease, but is no full member in epoch ${view.epoch}`;
  }
  return undefined;
};

/** M4: no holder counts a grant for longer than the acceptor does, in true time. */
const leaseWithinGrant: Check = (world) => {
  for (const { core } of world.nodes)
    for (const [acceptor, untilUs] of world.ghost.uses.get(refName(core.self)) ?? []) {
      const grantedUs = world.ghost.grants.get(grantName(acceptor, core.self)) ?? 0;
      const overUs = world.trueUs(core.self.id, untilUs) - world.trueUs(acceptor, grantedUs);
      if (untilUs > 0 && overUs > 0)
        return `${nodeName(core.self.id)} counts a grant of ${nodeName(acceptor)} ${overUs} µs too long`;
    }
  return undefined;
};

/** M6: when a view is chosen, its full members hold every completed update, or a later one. */
const copiedBeforePromotion: Check = (world) => {
  const full = latestChosen(world.ghost)?.full ?? [];
  return lostBy(
    world,
    world.nodes.flatMap(({ core }) => (has(full, core.self) ? [core] : [])),
  );
};

function latestChosen(g: HermesGhost): View | undefined {
  return latestOf(g.chosen);
}

function has(refs: readonly NodeRef[], ref: NodeRef): boolean {
  return refs.some((other) => other.id === ref.id && other.inc === ref.inc);
}

/** I1 to I13, M1 to M4 and M6, by id. */
export const hermesInvariants: Readonly<Record<string, Check>> = {
  I1: sameValue,
  I2: oneValue,
  I3: wellFormed,
  I4: nothingLost,
  I5: validIsCommitted,
  I6: remembered('I6'),
  I7: remembered('I7'),
  I8: freshReads,
  I9: remembered('I9'),
  I10: remembered('I10'),
  I11: onlyMembersAct,
  I12: remembered('I12'),
  I13: remembered('I13'),
  M1: remembered('M1'),
  M2: noLeaseOutside,
  M3: remembered('M3'),
  M4: leaseWithinGrant,
  M6: copiedBeforePromotion,
};

/** The records of a node that are to be looked at. */
function recordsOf({ lately }: Seen, core: Core): Iterable<KeyRec> {
  if (lately === undefined) return core.keys.values();
  if (core.keys.size === 0) return NONE;
  const found: KeyRec[] = [];
  for (const key of lately) {
    const rec = core.keys.get(key);
    if (rec !== undefined) found.push(rec);
  }
  return found;
}

const NONE: readonly KeyRec[] = [];

/** What is remembered of the keys that are to be looked at. */
function ghostsOf({ lately, ghost }: Seen): Iterable<readonly [Key, GhostKey]> {
  if (lately === undefined) return ghost.keys;
  const found: (readonly [Key, GhostKey])[] = [];
  for (const key of lately) {
    const known = ghost.keys.get(key);
    if (known !== undefined) found.push([key, known]);
  }
  return found;
}

/** Events without a key after which every key stands as it did, and the invariants that they alone concern. */
export const PASSING: Readonly<Record<string, readonly string[]>> = {
  // What is granted for longer breaks nothing.
  grant: [],
  lease: ['M2', 'M4'],
  reply: [],
  suspect: [],
  lapse: [],
};

/** Several invariants ask it of the same world, which is another one at the next look. */
function fullMembers(world: Seen): readonly Core[] {
  if (lastMembers?.of === world) return lastMembers.members;
  const members = findFullMembers(world);
  lastMembers = { of: world, members };
  return members;
}

let lastMembers: { readonly of: Seen; readonly members: readonly Core[] } | undefined;

function findFullMembers(world: Seen): readonly Core[] {
  const view = latestView(world.ghost);
  return world.nodes.flatMap(({ core }) => (has(view?.full ?? [], core.self) ? [core] : []));
}

interface Valid {
  readonly at: string;
  readonly ts: Ts;
  readonly value: Bytes | null;
}

function validOf(core: Core, key: Key): Valid | undefined {
  const rec = core.keys.get(key);
  const at = nodeName(core.self.id);
  if (rec === undefined) return { at, ts: ZERO, value: null };
  return rec.state === 'V' ? { at, ts: rec.ts, value: rec.value } : undefined;
}

function same(a: Valid, b: Valid): boolean {
  return compareTs(a.ts, b.ts) === 0 && sameBytes(a.value, b.value);
}

function show(v: Valid): string {
  return `${printTs(v.ts)}=${showValue(v.value)}`;
}
