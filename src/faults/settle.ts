/**
 * Makes a drawn schedule keep its promises (see `promises.ts`): whom a fault kills is drawn again where
 * it would be the last to hold the data, and where nobody is left to strike the fault is left out. What
 * kills nobody is never touched, and the fault that shows what its kind does (`sure`) finds somebody
 * alive. Pure.
 */
import type { NodeName } from '../base/operation.ts';
import type { Random } from '../base/random.ts';
import type { Fault } from './fault.ts';
import { brokenBy, isDeadly, reachNs } from './promises.ts';

/** Times at which a fault may begin, and how long it then lasts. */
export interface Slot {
  readonly atNs: number;
  readonly forNs: number;
}

export interface SettleOptions {
  readonly slots: readonly Slot[];
  /** No end is set. */
  readonly open: boolean;
  /** Those of the drawn faults that must not come to nothing. */
  readonly sure: ReadonlySet<Fault>;
}

/** How long a node that was killed may take until messages go to and from it again. */
const START_NS = 5e9;

/**
 * In order of time. A kind of which nothing sure would be left begins in another of the `slots`, or after all
 * of them where no end is set (`open`). Where no slot is free for a kind that would be left out, faults
 * that are not their kind's sure one give way.
 */
export function settle(
  random: Random,
  drawn: readonly Fault[],
  nodes: readonly NodeName[],
  { slots, open, sure }: SettleOptions,
): Fault[] {
  const order = [...drawn].sort((a, b) => a.atNs - b.atNs);
  const settled = order.filter((fault) => !isDeadly(fault));
  const dropped: Fault[] = [];
  for (const [i, fault] of order.filter(isDeadly).entries()) {
    const chance = random.split(`${fault.kind} victims ${i}`);
    const fitting = fit(chance, fault, settled, nodes, sure);
    if (fitting === undefined) dropped.push(fault);
    else settled.push(fitting);
  }
  const late = { atNs: Math.max(0, ...settled.map(reachNs)), forNs: Infinity };
  const places = open ? [...slots, late] : slots;
  for (const kind of new Set(dropped.map((fault) => fault.kind))) {
    const homeless = dropped
      .filter((fault) => fault.kind === kind)
      .sort((a, b) => Number(sure.has(b)) - Number(sure.has(a)));
    const left = settled.some((fault) => fault.kind === kind && isDeadly(fault));
    if (left && !homeless.some((fault) => sure.has(fault))) continue;
    const chance = random.split(`${kind} elsewhere`);
    const found = elsewhere(chance, homeless, settled, nodes, places, sure);
    const rather = (): Fault[] => elsewhere(chance, homeless, settled, nodes, places, NONE);
    const placed = found.length > 0 ? found : rather();
    settled.push(...placed);
    if (left || placed.length > 0) continue;
    const roomy = withRoom(chance, homeless, settled, nodes, places, sure);
    if (roomy !== undefined) settled.splice(0, settled.length, ...roomy);
  }
  return settled.sort((a, b) => a.atNs - b.atNs);
}

/** All faults with one of `homeless` among them, and without some that were in its way; undefined: there is no way. */
function withRoom(
  random: Random,
  homeless: readonly Fault[],
  settled: readonly Fault[],
  nodes: readonly NodeName[],
  places: readonly Slot[],
  sure: ReadonlySet<Fault>,
): Fault[] | undefined {
  const firm = settled.filter((fault) => sure.has(fault) || isLastOfKind(fault, settled, sure));
  const [placed] = elsewhere(random, homeless, firm, nodes, places, NONE);
  if (placed === undefined) return undefined;
  const all = [...firm, placed];
  for (const fault of settled) {
    if (firm.includes(fault)) continue;
    const deadly = [...all, fault].filter(isDeadly);
    if (deadly.every((each) => brokenBy(each, [...all, fault], nodes) === undefined))
      all.push(fault);
  }
  return all;
}

/** True: its kind has no sure one, and no earlier one. */
function isLastOfKind(fault: Fault, settled: readonly Fault[], sure: ReadonlySet<Fault>): boolean {
  const own = settled.filter(({ kind }) => kind === fault.kind);
  return own[0] === fault && !own.some((each) => sure.has(each));
}

const NONE: ReadonlySet<Fault> = new Set();

/** The fault, on other nodes if need be, so that it breaks nothing; undefined: there are none. */
function fit(
  random: Random,
  fault: Fault,
  settled: readonly Fault[],
  nodes: readonly NodeName[],
  sure: ReadonlySet<Fault>,
): Fault | undefined {
  const near = settled.filter(
    (other) => isDeadly(other) && other.atNs < reachNs(fault) && reachNs(other) > fault.atNs,
  );
  return candidates(random, fault, nodes).find(
    (candidate) =>
      !settled.some((other) => sure.has(other) && comesToNothing(other, [...settled, candidate])) &&
      [candidate, ...near].every(
        (each) => brokenBy(each, [...settled, candidate], nodes) === undefined,
      ),
  );
}

/** True: whom a fault strikes, or one end of each link, is dead or stands still meanwhile. */
function comesToNothing(fault: Fault, others: readonly Fault[]): boolean {
  const endNs = fault.atNs + fault.forNs;
  const gone = new Set(
    others.flatMap((other) => {
      const untilNs = other.atNs + other.forNs + (isDeadly(other) ? START_NS : 0);
      const meets = other !== fault && other.atNs < endNs && untilNs > fault.atNs;
      const ends = (isDeadly(other) && other.shape !== 'rolling') || other.kind === 'pause';
      return meets && ends && other.nodes !== 'leader' ? other.nodes : [];
    }),
  );
  if (fault.links.length > 0) return fault.links.every(([a, b]) => gone.has(a) || gone.has(b));
  if (fault.nodes === 'leader' || fault.nodes.length === 0) return false;
  return fault.nodes.every((node) => gone.has(node));
}

/** As drawn; then the same number of others; then fewer and fewer. */
function candidates(random: Random, fault: Fault, nodes: readonly NodeName[]): Fault[] {
  if (fault.nodes === 'leader' || fault.shape === 'rolling') return [fault];
  const order = random.shuffle(nodes);
  const count = fault.nodes.length;
  const fewest = fault.shape === 'majority' ? Math.floor(nodes.length / 2) + 1 : 1;
  const others = Array.from({ length: count - fewest + 1 }, (_, less) =>
    order.map((_, first) => {
      const drawn = new Set([...order, ...order].slice(first, first + count - less));
      return { ...fault, nodes: nodes.filter((node) => drawn.has(node)) };
    }),
  );
  return [fault, ...others.flat()];
}

/** The first of the faults that can begin in one of the places; none if none can. */
function elsewhere(
  random: Random,
  homeless: readonly Fault[],
  settled: readonly Fault[],
  nodes: readonly NodeName[],
  places: readonly Slot[],
  sure: ReadonlySet<Fault>,
): Fault[] {
  for (const fault of homeless) {
    for (const { atNs, forNs } of places) {
      const moved = { ...fault, atNs, forNs: Math.min(fault.forNs, forNs) };
      const fitting = fit(random.split(`at ${atNs}`), moved, settled, nodes, sure);
      if (fitting !== undefined) return [fitting];
    }
  }
  return [];
}
