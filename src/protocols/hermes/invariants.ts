/**
 * The invariants of the data path, checked after every step (spec §11.2). "Full" means: full member
 * of the latest view that any node has installed, in the same incarnation.
 */
import { nodeName } from '../../base/node-name.ts';
import type { Bytes, Key, NodeRef } from '../../base/operation.ts';
import type { Concerns, Invariant, World } from '../machine.ts';
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
  for (const key of world.lately?.keys ?? world.ghost.keys.keys()) {
    let first: Core | undefined;
    for (const { core } of members) {
      if (!isValid(core, key)) continue;
      first ??= core;
      if (!same(first, core, key))
        return `${key} is Valid with ${show(first, key)} and ${show(core, key)}`;
    }
  }
  return undefined;
};

/** I2: one timestamp, one value and one flag, at all nodes and in all messages. */
const oneValue: Check = (world) => {
  const wrong = findRecord(world, strange);
  if (wrong !== undefined) return wrong;
  for (const message of world.messages) {
    if (message.kind !== 'INV') continue;
    const { key, ts, value, rmw } = message as HermesMessage as Inv;
    const unlikely = unlike(world.ghost, key, ts, value, rmw);
    if (unlikely !== undefined) return `${unlikely} in a message`;
  }
  return world.ghost.broken.get('I2');
};

function strange({ key, ts, value, rmw }: KeyRec, core: Core, g: HermesGhost): string | undefined {
  const wrong = unlike(g, key, ts, value, rmw);
  return wrong && `${wrong} at ${nodeName(core.self.id)}`;
}

function unlike(
  g: HermesGhost,
  key: Key,
  ts: Ts,
  value: Bytes | null,
  rmw: boolean,
): string | undefined {
  if (compareTs(ts, ZERO) === 0) return undefined;
  const update = g.keys.get(key)?.updates.get(printTs(ts));
  if (update?.value === value && update.rmw === rmw) return undefined;
  const name = `${key} ${printTs(ts)}`;
  if (update === undefined) return `${name} was never issued`;
  if (!sameBytes(update.value, value)) return `${name} stands for two values`;
  return update.rmw === rmw ? undefined : `${name} changed its rmw flag`;
}

/** I3: the rules of representation (spec §1.3); that timestamps only grow, the ghost sees. */
const wellFormed: Check = (world) => findRecord(world, illFormed) ?? world.ghost.broken.get('I3');

function illFormed(rec: KeyRec, core: Core): string | undefined {
  const wrong = malformed(rec);
  return wrong && `${rec.key} at ${nodeName(core.self.id)}: ${wrong}`;
}

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

function lostBy(world: Seen, members: readonly CoreHolder[]): string | undefined {
  return findKey(world, members, (key, { done }, core) => {
    const ts = core.keys.get(key)?.ts ?? ZERO;
    if (compareTs(ts, done) >= 0) return undefined;
    return `${key} ${printTs(done)} completed, but ${nodeName(core.self.id)} has ${printTs(ts)}`;
  });
}

/** I5: what is Valid anywhere was passed through by all members of some view. */
const validIsCommitted: Check = (world) => findRecord(world, uncommitted);

function uncommitted(rec: KeyRec, core: Core, g: HermesGhost): string | undefined {
  if (rec.state !== 'V' || compareTs(rec.ts, ZERO) === 0) return undefined;
  const key = g.keys.get(rec.key) as GhostKey;
  const update = key?.updates.get(printTs(rec.ts));
  if (update !== undefined && isClean(g, key, update)) return undefined;
  return `${rec.key} ${printTs(rec.ts)} is Valid at ${nodeName(core.self.id)}, but not committed`;
}

/** I8: who may answer a read holds everything that was completed or read. */
const freshReads: Check = (world) =>
  findKey(world, world.nodes, (key, { seen }, core) => {
    const rec = core.keys.get(key);
    const ts = rec?.ts ?? ZERO;
    if (compareTs(ts, seen) >= 0 || (rec !== undefined && rec.state !== 'V')) return undefined;
    if (!isLeased(world, core) || !operational(core, 0)) return undefined;
    return `${key} ${printTs(seen)} was seen, but ${nodeName(core.self.id)} would answer ${printTs(ts)}`;
  });

function isLeased(world: Seen, { self, leaseUntilUs }: Core): boolean {
  return leaseUntilUs === Infinity || world.trueUs(self.id, leaseUntilUs) > world.atUs;
}

/** I11: only full members coordinate or replay; reads by others the ghost sees. */
const onlyMembersAct: Check = (world) => findRecord(world, acting) ?? world.ghost.broken.get('I11');

function acting(rec: KeyRec, core: Core): string | undefined {
  if (rec.pend === undefined || core.installed?.full === true) return undefined;
  return `${nodeName(core.self.id)} is no full member, but ${rec.key} is ${stateName(rec)} there`;
}

/** M2: who is not a full member of the latest chosen view has no lease any more. */
const noLeaseOutside: Check = (world) => {
  const view = latestChosen(world.ghost);
  if (view === undefined) return undefined;
  for (const { core } of changed(world)) {
    if (core.leaseUntilUs === 0 || has(view.full, core.self)) continue;
    if (world.trueUs(core.self.id, core.leaseUntilUs) > world.atUs)
      return `${nodeName(core.self.id)} has a lease, but is no full member in epoch ${view.epoch}`;
  }
  return undefined;
};

/** M4: no holder counts a grant for longer than the acceptor does, in true time. */
const leaseWithinGrant: Check = (world) => {
  for (const { core } of changed(world))
    for (const [acceptor, untilUs] of world.ghost.uses.get(refName(core.self)) ?? []) {
      const grantedUs = world.ghost.grants.get(grantName(acceptor, core.self)) ?? 0;
      const overUs = world.trueUs(core.self.id, untilUs) - world.trueUs(acceptor, grantedUs);
      if (untilUs > 0 && overUs > 0)
        return `${nodeName(core.self.id)} counts a grant of ${nodeName(acceptor)} ${overUs} µs too long`;
    }
  return undefined;
};

/** M6: when a view is chosen, its full members hold every completed update, or a later one. */
const copiedBeforePromotion: Check = (world) =>
  lostBy(world, chosen(world.nodes, latestChosen(world.ghost)));

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

/** States of the nodes that may have changed. */
function changed(world: Seen): readonly CoreHolder[] {
  return world.lately?.nodes ?? world.nodes;
}

/** The first record among those that may have changed with which something is wrong. */
function findRecord(
  world: Seen,
  wrongOf: (rec: KeyRec, core: Core, g: HermesGhost) => string | undefined,
): string | undefined {
  for (const { core } of changed(world))
    for (const key of world.lately?.keys ?? core.keys.keys()) {
      const rec = core.keys.get(key);
      const wrong = rec && wrongOf(rec, core, world.ghost);
      if (wrong !== undefined) return wrong;
    }
  return undefined;
}

/** The first key, among those of which a node or the ghost may know something new, with which something is wrong. */
function findKey(
  { lately, ghost }: Seen,
  holders: readonly CoreHolder[],
  wrongOf: (key: Key, known: GhostKey, core: Core) => string | undefined,
): string | undefined {
  for (const { core } of holders)
    for (const key of lately?.keys ?? ghost.keys.keys()) {
      const known = ghost.keys.get(key);
      const wrong = known && wrongOf(key, known, core);
      if (wrong !== undefined) return wrong;
    }
  return undefined;
}

/** What concerns which invariants, beyond the keys that it names. */
export const CONCERNS: Concerns = {
  events: {
    // What is granted for longer breaks nothing.
    grant: [],
    lease: ['M2', 'M4'],
    reply: ['I7', 'I12'],
    suspect: [],
    lapse: [],
  },
  keyless: ['M2', 'M4'],
};

/** Full members of the latest view that any node has installed. */
function fullMembers({ nodes, ghost }: Seen): readonly CoreHolder[] {
  return installed(nodes, latestView(ghost));
}

type MembersOf = (nodes: readonly CoreHolder[], view: View | undefined) => readonly CoreHolder[];

/** Which nodes are full members of a view, looked for again when either is another one. */
function fullMembersOf(): MembersOf {
  let last: readonly [...Parameters<MembersOf>, readonly CoreHolder[]] | undefined;
  return (nodes, view) => {
    if (last?.[0] !== nodes || last[1] !== view)
      last = [nodes, view, nodes.filter(({ core }) => has(view?.full ?? [], core.self))];
    return last[2];
  };
}

const installed = fullMembersOf();
const chosen = fullMembersOf();

function isValid(core: Core, key: Key): boolean {
  const rec = core.keys.get(key);
  return rec === undefined || rec.state === 'V';
}

function same(a: Core, b: Core, key: Key): boolean {
  const one = a.keys.get(key);
  const other = b.keys.get(key);
  if (one === other) return true;
  const order = compareTs(one?.ts ?? ZERO, other?.ts ?? ZERO);
  return order === 0 && sameBytes(one?.value ?? null, other?.value ?? null);
}

function show(core: Core, key: Key): string {
  const rec = core.keys.get(key);
  return `${printTs(rec?.ts ?? ZERO)}=${showValue(rec?.value ?? null)} at ${nodeName(core.self.id)}`;
}
