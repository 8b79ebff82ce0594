/**
 * Whether a schedule leaves a protocol what it cannot do without. Pure.
 *
 * Data live in the memory of the members (spec §7.5): at every moment one full member has to keep it.
 * A node that dies has lost its memory, and one that the others go on without is started anew by its
 * membership; both are without it until they have copied the data again. Clocks may be off by what
 * leases allow for, and whatever stops the service has an end. No shape wipes a disk or changes what
 * was synced, so the votes of the members are safe in any schedule.
 *
 * What chance adds (a member dropped because too many messages were lost) no schedule can know: that
 * is what `survivors` is for, which is looked at when the fault begins.
 */
import type { NodeName } from '../base/operation.ts';
import type { Fault, Link } from './fault.ts';
import { MAX_DRIFT_PPM, MAX_JUMP_MS } from './program-shapes.ts';

/** How long a node may take, after what ended its membership is over, until it holds all data again. */
export const REJOIN_NS = 5e9;
/** Shorter than any suspicion: nobody goes on without a node that is silent for less. */
export const UNNOTICED_NS = 350e6;

/** A time in which nodes may be without their memory. */
interface Lack {
  readonly nodes: readonly NodeName[];
  readonly fromNs: number;
  readonly toNs: number;
}

const DEADLY_DISK: ReadonlySet<string> = new Set(['full', 'eio', 'lose-unsynced', 'torn']);

/** True: nodes die of it, and their memory with them. */
export function isDeadly({ kind, shape }: Pick<Fault, 'kind' | 'shape'>): boolean {
  return (
    kind === 'kill' ||
    (kind === 'disk' && DEADLY_DISK.has(shape)) ||
    (kind === 'member' && shape === 'replace')
  );
}

/** Undefined: the schedule keeps all promises. Else the sentence that says which it breaks, and where. */
export function keepsPromises(
  faults: readonly Fault[],
  nodes: readonly NodeName[],
): string | undefined {
  for (const fault of faults) {
    const broken = brokenBy(fault, faults, nodes);
    if (broken !== undefined) return broken;
  }
  return undefined;
}

/** What `fault` breaks among `faults`, which may hold it. */
export function brokenBy(
  fault: Fault,
  faults: readonly Fault[],
  nodes: readonly NodeName[],
): string | undefined {
  return neverEnds(fault) ?? beyondClocks(fault) ?? takesLastMemory(fault, faults, nodes);
}

function neverEnds(fault: Fault): string | undefined {
  return Number.isFinite(fault.forNs) && fault.forNs > 0
    ? undefined
    : `${nameOf(fault)} is never undone`;
}

function beyondClocks(fault: Fault): string | undefined {
  if (fault.kind !== 'clock') return undefined;
  const { offsetMs = 0, ratePpm = 0 } = fault.params;
  if (Math.abs(ratePpm) > MAX_DRIFT_PPM)
    return `${nameOf(fault)} lets a clock drift by ${ratePpm} ppm: leases allow for ${MAX_DRIFT_PPM}`;
  if (fault.shape !== 'skew' && Math.abs(offsetMs) > MAX_JUMP_MS)
    return `${nameOf(fault)} moves a monotonic clock by ${offsetMs} ms at once: leases allow for ${MAX_JUMP_MS}`;
  return undefined;
}

function takesLastMemory(
  fault: Fault,
  faults: readonly Fault[],
  nodes: readonly NodeName[],
): string | undefined {
  if (!isDeadly(fault)) return undefined;
  const endNs = fault.atNs + fault.forNs;
  const near = faults.filter(
    (other) => other !== fault && other.atNs <= endNs && reachNs(other) > fault.atNs,
  );
  const lacks = near.flatMap((other) => lacksOf(other, nodes));
  const rolls = near.filter(isRolling).length;
  // Those that a roll strikes lose theirs one at a time; who leads, nobody knows beforehand.
  const single = isRolling(fault) || fault.nodes === 'leader';
  const struck = single ? [] : fault.nodes;
  const wanted = 1 + (single ? 1 : 0) + rolls;
  const times = [fault.atNs, ...lacks.map(({ fromNs }) => fromNs)];
  for (const atNs of times.filter((time) => time >= fault.atNs && time <= endNs)) {
    const without = lacks.filter(({ fromNs, toNs }) => fromNs <= atNs && atNs < toNs);
    const lacking = new Set([...struck, ...without.flatMap((lack) => lack.nodes)]);
    const left = nodes.filter((node) => !lacking.has(node)).length;
    if (left < wanted)
      return `${nameOf(fault)} may take the memory of the last full member: no other node is sure to hold the data then`;
  }
  return undefined;
}

const isRolling = ({ kind, shape }: Fault): boolean => kind === 'kill' && shape === 'rolling';

/** Until when a fault may keep nodes from holding the data. */
export function reachNs(fault: Pick<Fault, 'atNs' | 'forNs'>): number {
  return fault.atNs + fault.forNs + REJOIN_NS;
}

/** What was found out of a fault before, on which nodes: the same is asked again for every candidate. */
const found = new WeakMap<
  Fault,
  { readonly nodes: readonly NodeName[]; readonly lacks: readonly Lack[] }
>();

/** Who may be without memory because of a fault, and when. A roll is counted where it is asked for. */
function lacksOf(fault: Fault, nodes: readonly NodeName[]): readonly Lack[] {
  const known = found.get(fault);
  if (known?.nodes === nodes) return known.lacks;
  const lacks = findLacks(fault, nodes);
  found.set(fault, { nodes, lacks });
  return lacks;
}

function findLacks(fault: Fault, nodes: readonly NodeName[]): Lack[] {
  const toNs = reachNs(fault);
  if (isRolling(fault)) return [];
  if (isDeadly(fault) || (fault.kind === 'member' && fault.shape === 'leave'))
    return [{ nodes: struckBy(fault, nodes), fromNs: fault.atNs, toNs }];
  if (fault.forNs < UNNOTICED_NS) return [];
  const fromNs = fault.atNs + UNNOTICED_NS;
  if (fault.kind === 'pause') return [{ nodes: struckBy(fault, nodes), fromNs, toNs }];
  if (fault.kind === 'partition') return [{ nodes: exposed(fault, nodes), fromNs, toNs }];
  return [];
}

function struckBy(fault: Fault, nodes: readonly NodeName[]): readonly NodeName[] {
  return fault.nodes === 'leader' ? nodes : fault.nodes;
}

/**
 * Nodes that a partition may cost their place: those with a link cut, unless they belong to a majority
 * that is whole in itself and that nobody else reaches or hears.
 */
function exposed(fault: Fault, nodes: readonly NodeName[]): readonly NodeName[] {
  if (fault.nodes === 'leader' && fault.links.length === 0) return nodes;
  const cut = new Set(fault.links.map((link) => link.join(' ')));
  const open = ([a, b]: Link): boolean => !cut.has(`${a} ${b}`);
  const whole = (a: NodeName, b: NodeName): boolean => open([a, b]) && open([b, a]);
  return nodes.filter((node) => {
    if (nodes.every((other) => whole(node, other))) return false;
    const near = nodes.filter((other) => open([node, other]) || open([other, node]));
    const sound =
      near.length > nodes.length / 2 &&
      near.every((a) =>
        nodes.every((b) => (near.includes(b) ? whole(a, b) : !open([a, b]) && !open([b, a]))),
      );
    return !sound;
  });
}

function nameOf({ kind, shape, atNs, nodes }: Fault): string {
  const name = shape === '' ? kind : `${kind}:${shape}`;
  const whom =
    nodes === 'leader' ? ' of the leader' : nodes.length > 0 ? ` of ${nodes.join(' ')}` : '';
  return `${name}${whom} at ${(atNs / 1e9).toFixed(1)} s`;
}
