/**
 * Which view to propose (policy of §6.5; safety does not rest on it): keep a largest set of members
 * that all hear each other and a majority of acceptors, replace what restarted, let in who is
 * stable, promote who has caught up. One view may do all of it.
 */
import type { NodeId, NodeRef } from '../../base/operation.ts';
import type { View } from '../membership.ts';
import { nextView } from '../next-view.ts';
import { type Detector, type Peer, isAlive } from './detector.ts';

export interface ChooseInput {
  readonly self: NodeId;
  readonly chosen: View;
  readonly acceptors: readonly NodeId[];
  readonly quorum: number;
  readonly detector: Detector;
  readonly nowUs: number;
  readonly suspectUs: number;
  /** A node that has been heard for less than that cannot know yet whom it hears. */
  readonly newbornUs: number;
  /** How long a node that was removed must be stable before it is let in again. */
  readonly stableUs: number;
  /** Planted bug M19: promote as soon as the join view is installed. */
  readonly promoteEarly: boolean;
}

/** The view to propose; undefined: content with the present one, or nothing better is possible. */
export function chooseView(input: ChooseInput): View | undefined {
  if (input.chosen.epoch === 0) return chooseFirst(input);
  const keep = largestClique(input, staying(input));
  const kept = input.chosen.full.filter((ref) => keep.has(ref.id));
  if (kept.length === 0) return undefined;
  const shadow = input.chosen.shadow.filter(
    (ref) => keep.has(ref.id) && !says(input, ref, 'leaving'),
  );
  const promoted = shadow.filter((ref) => input.promoteEarly || says(input, ref, 'caughtUp'));
  const full = byId([...withoutLeavers(input, kept), ...promoted]);
  const copying = shadow.filter((ref) => !promoted.includes(ref));
  const joining = joiners(input, new Set([...full, ...copying].map((ref) => ref.id)));
  return changed(input.chosen, full, byId([...copying, ...joining]));
}

/** View 1 needs all nodes of the start: each knows of no view, and all hear each other. */
function chooseFirst(input: ChooseInput): View | undefined {
  const { acceptors } = input;
  const refs: NodeRef[] = [];
  for (const id of acceptors) {
    const peer = input.detector.peers.get(id);
    if (peer === undefined || peer.last.epoch !== 0 || !isHeard(input, id)) return undefined;
    if (!acceptors.every((other) => connected(input, id, other))) return undefined;
    refs.push(peer.ref);
  }
  return nextView(input.chosen, byId(refs));
}

/** Members that are alive under the same identity and reach a majority of acceptors. */
function staying(input: ChooseInput): NodeRef[] {
  return [...input.chosen.full, ...input.chosen.shadow].filter(
    (ref) => alive(input, ref.id) && !isFormer(input, ref) && reachesQuorum(input, ref.id),
  );
}

/**
 * Who wants to leave is let go as soon as others hold the data. Is there nobody else, one stays: it
 * serves nothing any more, but a joiner can still copy from it.
 */
function withoutLeavers(input: ChooseInput, kept: readonly NodeRef[]): readonly NodeRef[] {
  const loyal = kept.filter((ref) => !says(input, ref, 'leaving'));
  return loyal.length > 0 ? loyal : kept.slice(0, 1);
}

function says(input: ChooseInput, ref: NodeRef, what: 'caughtUp' | 'leaving'): boolean {
  const peer = input.detector.peers.get(ref.id);
  return peer !== undefined && peer.ref.inc === ref.inc && peer.last[what];
}

/** Another incarnation of that node is heard. */
function isFormer(input: ChooseInput, ref: NodeRef): boolean {
  const peer = input.detector.peers.get(ref.id);
  return peer !== undefined && peer.ref.inc > ref.inc;
}

/** Heard by this node. */
function isHeard(input: ChooseInput, id: NodeId): boolean {
  return isAlive(input.detector, id, input.nowUs, input.suspectUs);
}

/**
 * Heard by this node, or by one that is heard: all then come to the same view, and who is deaf to
 * somebody does not take him for dead (N15).
 */
function alive(input: ChooseInput, id: NodeId): boolean {
  if (isHeard(input, id)) return true;
  for (const [other, { last }] of input.detector.peers)
    if (last.hears.includes(id) && isHeard(input, other)) return true;
  return false;
}

/** Both hear each other, as far as this node knows. A one-way failure counts as broken. */
function connected(input: ChooseInput, a: NodeId, b: NodeId): boolean {
  return a === b || (hears(input, a, b) && hears(input, b, a));
}

/** Who is not heard here is believed to hear everybody: others say whom it reaches. */
function hears(input: ChooseInput, a: NodeId, b: NodeId): boolean {
  if (a === input.self) return isHeard(input, b);
  return !isHeard(input, a) || (input.detector.peers.get(a)?.last.hears.includes(b) ?? false);
}

/**
 * An acceptor that has just booted cannot say yet whom it hears: nobody is let go for that, else the
 * first whom it hears would stay alone.
 */
function reachesQuorum(input: ChooseInput, id: NodeId): boolean {
  const reaches = (a: NodeId): boolean =>
    connected(input, id, a) || (isNewborn(input, a, input.suspectUs) && hears(input, id, a));
  const reached = input.acceptors.filter((a) => alive(input, a) && reaches(a));
  return reached.length >= input.quorum;
}

/** Was heard for the first time less than `forUs` ago. */
function isNewborn(input: ChooseInput, id: NodeId, forUs: number): boolean {
  const peer = input.detector.peers.get(id);
  return peer !== undefined && input.nowUs - peer.sinceUs < forUs;
}

/** Sets that the search looks at before it is content with the best so far. */
const SEARCHED_SETS = 20_000;

/**
 * Largest set of mutually connected members with at least one full member. Ties: more full members,
 * then lower ids. Full members are tried first, so a search that ends early still finds some.
 */
function largestClique(input: ChooseInput, refs: readonly NodeRef[]): Set<NodeId> {
  const fullIds = new Set(input.chosen.full.map((ref) => ref.id));
  const fulls = (set: readonly NodeId[]): number => set.filter((id) => fullIds.has(id)).length;
  const ids = refs
    .map((ref) => ref.id)
    .toSorted((a, b) => Number(fullIds.has(b)) - Number(fullIds.has(a)) || a - b);
  let best: NodeId[] = [];
  let left = SEARCHED_SETS;
  const better = (set: readonly NodeId[]): boolean =>
    fulls(set) > 0 &&
    (set.length > best.length || (set.length === best.length && fulls(set) > fulls(best)));
  const extend = (set: NodeId[], from: number): void => {
    if (better(set)) best = set;
    for (let i = from; i < ids.length && set.length + ids.length - i >= best.length; i++) {
      if (--left < 0) return;
      const id = ids[i] as NodeId;
      if (set.every((other) => connected(input, id, other))) extend([...set, id], i + 1);
    }
  };
  extend([], 0);
  return new Set(best);
}

/**
 * Who wants in, hears and is heard by all that stay and by those let in before it, and is newer than
 * anything of its id before.
 */
function joiners(input: ChooseInput, kept: ReadonlySet<NodeId>): NodeRef[] {
  const refs: NodeRef[] = [];
  const inside = [...kept];
  const peers = [...input.detector.peers.values()].toSorted((a, b) => a.ref.id - b.ref.id);
  for (const peer of peers) {
    const { ref, last } = peer;
    const isNew = ref.inc > (input.chosen.maxInc[ref.id] ?? 0);
    if (kept.has(ref.id) || !isNew || !last.join || !isHeard(input, ref.id)) continue;
    if (!inside.every((other) => mayConnect(input, peer, other))) continue;
    if (wasRemoved(input.chosen, ref.id) && !isSteady(input, ref.id)) continue;
    refs.push(ref);
    inside.push(ref.id);
  }
  return refs;
}

/** Connected, as far as can be known of a node that has just booted. */
function mayConnect(input: ChooseInput, joiner: Peer, other: NodeId): boolean {
  return isNewborn(input, joiner.ref.id, input.newbornUs)
    ? hears(input, other, joiner.ref.id)
    : connected(input, joiner.ref.id, other);
}

/** Was in a view, and none of its incarnations is in the present one. */
function wasRemoved(chosen: View, id: NodeId): boolean {
  return (chosen.maxInc[id] ?? 0) > 0 && !isMember(chosen, id);
}

function isMember(view: View, id: NodeId): boolean {
  return view.full.some((ref) => ref.id === id) || view.shadow.some((ref) => ref.id === id);
}

function isSteady(input: ChooseInput, id: NodeId): boolean {
  const since = input.detector.steadySince.get(id);
  return since !== undefined && input.nowUs - since >= input.stableUs;
}

/**
 * Notes since when each node outside the view and all living members hear each other: what was
 * removed comes back only when that has lasted (no flapping). To be called at every heartbeat.
 */
export function watchOutsiders(input: ChooseInput): void {
  const { steadySince, peers } = input.detector;
  const members = [...input.chosen.full, ...input.chosen.shadow].map((ref) => ref.id);
  const living = members.filter((id) => alive(input, id));
  for (const id of peers.keys()) {
    const steady =
      !members.includes(id) &&
      isHeard(input, id) &&
      living.every((other) => connected(input, id, other));
    if (!steady) steadySince.delete(id);
    else if (!steadySince.has(id)) steadySince.set(id, input.nowUs);
  }
}

function byId(refs: readonly NodeRef[]): NodeRef[] {
  return refs.toSorted((a, b) => a.id - b.id);
}

function changed(
  chosen: View,
  full: readonly NodeRef[],
  shadow: readonly NodeRef[],
): View | undefined {
  const same = sameRefs(chosen.full, full) && sameRefs(chosen.shadow, shadow);
  return same ? undefined : nextView(chosen, full, shadow);
}

function sameRefs(a: readonly NodeRef[], b: readonly NodeRef[]): boolean {
  return a.length === b.length && a.every((ref, i) => ref.id === b[i]?.id && ref.inc === b[i]?.inc);
}
