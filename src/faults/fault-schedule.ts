/**
 * Seed and mix → schedule. Pure: the same seed gives the same faults at the same times.
 *
 * Time is divided into slots with gaps between them. Every kind draws from labels of its own only: how
 * much it wants each slot, and what it would do there. A slot goes to the kind that wants it most, and
 * each kind also gets the slot that it wants most itself, shared if need be. So a kind that is left
 * out moves no fault of the others, but for a pause, which shares with none if it can; slots that it
 * had alone go to one of them. Where many kinds take part, half of the slots go to two of them.
 *
 * What was drawn is then made to keep its promises (`settle.ts`): whom a kill strikes, and whether it
 * comes, depends on what else takes nodes away at that time.
 */
import type { NodeName } from '../base/operation.ts';
import type { Random } from '../base/random.ts';
import { UserError } from '../base/user-error.ts';
import type { Fault, FaultKind, Nemesis, NemesisOptions, Schedule } from './fault.ts';
import type { FaultChoice } from './nemesis.ts';
import { settle, type Slot } from './settle.ts';
import { ONLY_BY_NAME, SHAPES, type Strike } from './shapes.ts';
import { drawSwarm, paceOf, withStrength } from './swarm.ts';

/** What the runtime can do, by kind; a string says why not. */
export type Able = Readonly<Record<FaultKind, true | string>> & {
  /** Shapes that cannot be done although others of their kind can, with the reason. */
  readonly [shape: `${FaultKind}:${string}`]: true | string;
};

export interface ScheduleOptions {
  /** How long faults go on, since the first operation; undefined: about 12 s, 6 to 10 of them. */
  readonly durationNs: number | undefined;
  /** Mean gap between faults; undefined: 0.3 to 1 s. */
  readonly intervalNs: number | undefined;
}

const MS = 1e6;
const DEFAULT_ENOUGH_NS = 10.5e9;
const DEFAULT_FEWEST = 6;
const DEFAULT_MOST = 10;
/** From so many kinds on, two share a slot as often as not. */
const MANY_KINDS = 6;

/**
 * The faults of a run. `able` says what the runtime can do: a kind that was asked for by name and
 * cannot be done is a `UserError`, under `all` it is listed in `skipped`.
 */
export function makeSchedule(
  random: Random,
  mix: readonly FaultChoice[],
  nodes: readonly NodeName[],
  able: Able,
  options: ScheduleOptions,
): Schedule {
  const { usable: possible, skipped } = sift(mix, nodes, able);
  const usable = drawSwarm(random, possible);
  const slots = makeSlots(random.split('slots'), options, paceOf(random, usable));
  const struck = usable.length === 0 ? [] : assign(random, usable, nodes, slots);
  const drawn = struck.map(({ fault }) => endsBy(fault, options.durationNs));
  const sure = new Set(drawn.filter((_, i) => struck[i]?.sure));
  const asked = drawn.filter((fault) => ONLY_BY_NAME.has(`${fault.kind}:${fault.shape}`));
  const kept = drawn.filter((fault) => !asked.includes(fault));
  const faults = [
    ...asked,
    ...settle(random.split('promises'), kept, nodes, {
      slots,
      open: options.durationNs === undefined,
      sure,
    }),
  ]
    .sort((a, b) => a.atNs - b.atNs)
    .map((fault, i) => ({ ...fault, id: i + 1 }));
  return { faults, skipped: [...skipped, ...withoutPlace(usable, faults, nodes, options)] };
}

/** Kinds that take part and found no moment in which they would keep the schedule's promises. */
function withoutPlace(
  usable: readonly FaultChoice[],
  faults: readonly Fault[],
  nodes: readonly NodeName[],
  { durationNs }: ScheduleOptions,
): Schedule['skipped'] {
  const left = usable.filter(({ kind }) => !faults.some((fault) => fault.kind === kind));
  const time = durationNs === undefined ? '' : ` in ${Math.round(durationNs / 1e8) / 10} s`;
  return left.map(({ kind, shapes }) => ({
    kind,
    reason: `${shapes.join(', ')} found no moment${time} in which another of ${nodes.length} nodes is sure to hold the data: give more time (--time-limit), more nodes, or fewer kinds`,
  }));
}

function endsBy(fault: Fault, durationNs: number | undefined): Fault {
  const leftNs = (durationNs ?? Infinity) - fault.atNs;
  return fault.forNs <= leftNs ? fault : { ...fault, forNs: leftNs };
}

/** The faults of a user's nemesis, numbered and in order of time. */
export function customSchedule(
  nemesis: Nemesis,
  random: Random,
  nodes: readonly NodeName[],
  options: NemesisOptions,
): Fault[] {
  const planned = nemesis.schedule(random.split(`nemesis ${nemesis.name}`), nodes, options);
  return [...planned].sort((a, b) => a.atNs - b.atNs).map((fault, i) => ({ ...fault, id: i + 1 }));
}

/** End of the last fault, since the first operation. */
export function scheduleEndNs(faults: readonly Fault[]): number {
  return Math.max(0, ...faults.map((fault) => fault.atNs + fault.forNs));
}

function sift(mix: readonly FaultChoice[], nodes: readonly NodeName[], able: Able) {
  const usable: FaultChoice[] = [];
  const skipped: { kind: FaultKind; reason: string }[] = [];
  for (const choice of mix) {
    const { kind } = choice;
    const fitting = choice.shapes.filter(
      (shape) => why(able, kind, shape) === undefined && fits(kind, shape, nodes),
    );
    const reason = able[kind] === true ? whyNone(choice, fitting, nodes, able) : able[kind];
    if (reason === undefined) {
      usable.push({ ...choice, shapes: fitting });
      skipped.push(...withoutShapes(choice, able));
    } else if (choice.asked)
      throw new UserError(`--nemesis ${named(choice)} cannot be done here: ${reason}.`, hint(able));
    else skipped.push({ kind: choice.kind, reason });
  }
  return { usable, skipped };
}

/** What was asked for, in the words of `--nemesis`. */
function named({ kind, shapes, shapesNamed }: FaultChoice): string {
  if (!shapesNamed) return kind;
  return shapes.length === 1 ? `${kind}:${shapes[0]}` : `${kind}:[${shapes.join(',')}]`;
}

/** Shapes of a kind that takes part which this machine cannot do, by the reason. */
function withoutShapes({ kind, shapes }: FaultChoice, able: Able): Schedule['skipped'] {
  const reasons = new Map<string, string[]>();
  for (const shape of shapes) {
    const reason = why(able, kind, shape);
    if (reason !== undefined) reasons.set(reason, [...(reasons.get(reason) ?? []), shape]);
  }
  return [...reasons].map(([reason, list]) => ({
    kind,
    reason: `${list.join(', ')} cannot be done: ${reason}`,
  }));
}

/** Why the runtime cannot do a shape of a kind that it can do; undefined: it can. */
function why(able: Able, kind: FaultKind, shape: string): string | undefined {
  const said = able[`${kind}:${shape}`];
  return typeof said === 'string' ? said : undefined;
}

function whyNone(
  choice: FaultChoice,
  fitting: readonly string[],
  nodes: readonly NodeName[],
  able: Able,
): string | undefined {
  if (fitting.length === 0 || (choice.shapesNamed && fitting.length < choice.shapes.length)) {
    const missing = choice.shapes.find((shape) => !fitting.includes(shape));
    return (
      why(able, choice.kind, missing ?? '') ??
      `${choice.kind}:${missing} does not exist with ${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'}`
    );
  }
  return undefined;
}

function fits(kind: FaultKind, shape: string, nodes: readonly NodeName[]): boolean {
  return SHAPES[kind][shape]?.(PROBE, nodes) !== undefined;
}

/** A generator for asking whether a shape exists at all; what it draws is thrown away. */
const PROBE: Random = {
  next: () => 0,
  below: () => 0,
  between: (low) => low,
  chance: () => false,
  pick: (items) => items[0] as (typeof items)[number],
  shuffle: (items) => [...items],
  split: () => PROBE,
  state: () => [0, 0, 0, 0],
};

function hint(able: Able): string {
  const kinds = Object.entries(able).flatMap(([kind, can]) => (can === true ? [kind] : []));
  return `What can be done here: ${kinds.length === 0 ? 'none' : kinds.join(', ')}.`;
}

/** Begin and length of each slot: 0.3 to 1.2 s, one in eight 3 s. */
function makeSlots(random: Random, options: ScheduleOptions, pace: number): Slot[] {
  const slots: Slot[] = [];
  let at = gapNs(random, options.intervalNs) * pace;
  for (;;) {
    const forNs = random.chance(1, 8) ? 3000 * MS : random.between(300, 1200) * MS;
    if (isEnough(slots.length, at, forNs, options)) return slots;
    slots.push({ atNs: at, forNs });
    at += forNs + gapNs(random, options.intervalNs) * pace;
  }
}

function isEnough(count: number, atNs: number, forNs: number, options: ScheduleOptions): boolean {
  if (options.durationNs !== undefined)
    return atNs + forNs > options.durationNs && (count > 0 || atNs > options.durationNs);
  return count >= DEFAULT_MOST || (count >= DEFAULT_FEWEST && atNs > DEFAULT_ENOUGH_NS);
}

function gapNs(random: Random, intervalNs: number | undefined): number {
  if (intervalNs === undefined) return random.between(300, 1000) * MS;
  return Math.round((intervalNs * random.between(50, 150)) / 100);
}

function assign(
  random: Random,
  mix: readonly FaultChoice[],
  nodes: readonly NodeName[],
  slots: readonly Slot[],
): { readonly fault: Fault; readonly sure: boolean }[] {
  const wishes = mix.map((choice) =>
    slots.map((_, i) => random.split(`${choice.kind} wish ${i}`).next()),
  );
  const favourite = favourites(mix, wishes);
  return slots.flatMap((slot, i) => {
    const own = mix.filter((_, k) => favourite[k] === i);
    const keenest = mix
      .map((choice, k) => ({ choice, wish: wishes[k]?.[i] ?? 0 }))
      .sort((a, b) => b.wish - a.wish)
      .map(({ choice }) => choice);
    const pair = mix.length >= MANY_KINDS && random.split(`pair ${i}`).chance(1, 2);
    const most = keenest.slice(0, pair ? 2 : 1);
    const takers =
      own.length > 0
        ? [...own, ...most.filter((each) => pair && !own.includes(each)).slice(0, 1)]
        : most;
    return takers.flatMap((choice) => {
      const isSure = own.includes(choice);
      const chance = random.split(`${choice.kind} ${i}`);
      const drawn = strikes(chance, isSure ? sure(choice) : choice, nodes, slot);
      return drawn.map((fault) => ({ fault: isSure ? surely(fault) : fault, sure: isSure }));
    });
  });
}

/** Kinds that take nodes away: what strikes links or messages would find none there. */
const ALONE: ReadonlySet<FaultKind> = new Set(['pause', 'kill']);

/**
 * The slot that each kind is sure to get: the one it wants most. Only a pause or a kill goes to the next
 * one where that is another's too: while a node stands still nobody's write ends, and what strikes
 * messages then finds none; a dead node has no connection that could be broken.
 */
function favourites(mix: readonly FaultChoice[], wishes: readonly number[][]): number[] {
  const slots = wishes.map((wish) => wish.indexOf(Math.max(...wish)));
  for (const [k, choice] of mix.entries()) {
    if (!ALONE.has(choice.kind)) continue;
    const free = (wishes[k] ?? []).map((wish, i) =>
      slots.some((taken, other) => other !== k && taken === i) ? -1 : wish,
    );
    if (Math.max(...free) >= 0) slots[k] = free.indexOf(Math.max(...free));
  }
  return slots;
}

/** Shapes that may come to nothing: they need traffic, or a view that changes meanwhile. */
const UNSURE: ReadonlySet<string> = new Set([
  'partition:one-way',
  'disk:slow',
  'disk:lose-unsynced',
  'disk:torn',
  'link:rate',
]);

/** Shapes that strike whatever the clients do; the others are left out, where any remain. */
function sure(choice: FaultChoice): FaultChoice {
  const shapes = choice.shapes.filter((shape) => !UNSURE.has(`${choice.kind}:${shape}`));
  return shapes.length === 0 ? choice : { ...choice, shapes };
}

/** What waits for a write has one right away. */
function surely(fault: Fault): Fault {
  return 'atOnce' in fault.params ? { ...fault, params: { ...fault.params, atOnce: 1 } } : fault;
}

/** Kinds that go on drawing while they last: they get a seed for it. */
const CHANCY: ReadonlySet<FaultKind> = new Set(['loss', 'link', 'messages']);
/** Up to so many shapes of a kind at once: what single messages suffer makes most sense together. */
const TOGETHER: Readonly<Partial<Record<FaultKind, number>>> = { messages: 3 };

/** What `choice` does in a slot: each fault begins within its first fifth and ends with it. */
function strikes(
  random: Random,
  choice: FaultChoice,
  nodes: readonly NodeName[],
  slot: Slot,
): Fault[] {
  const most = Math.min(TOGETHER[choice.kind] ?? 1, choice.shapes.length);
  const drawn = new Set(random.shuffle(choice.shapes).slice(0, random.between(1, most)));
  const shapes = choice.shapes.filter((shape) => drawn.has(shape));
  const latePermille = shapes.map(() => random.between(0, 200)).sort((a, b) => a - b);
  return shapes.map((shape, i) => {
    const lateNs = Math.floor(slot.forNs / 1000) * (latePermille[i] as number);
    const times = { atNs: slot.atNs + lateNs, forNs: slot.forNs - lateNs };
    const fault = strike(random.split(shape), choice.kind, shape, nodes, times);
    return withStrength(fault, choice.strength);
  });
}

function strike(
  random: Random,
  kind: FaultKind,
  shape: string,
  nodes: readonly NodeName[],
  times: Pick<Fault, 'atNs' | 'forNs'>,
): Fault {
  const struck = SHAPES[kind][shape]?.(random, nodes) as Strike;
  const params = CHANCY.has(kind) ? { ...struck.params, seed: random.next() } : struck.params;
  return { id: 0, kind, shape, ...times, ...struck, params };
}
