/**
 * Copies of the calls of a key with one violation each, beyond doubt, for what is no register of known
 * values:
 *
 * - *phantom*: an answer holds something that nobody wrote;
 * - *lost update*: two clients hold one lock; one element is taken out twice; what was surely added
 *   before shows in no later read;
 * - *stale read*: one read lacks what was surely added before it began;
 * - *reordered pair*: two reads, or two elements taken out, one after the other, change places.
 */
import type { Value } from '../../base/operation.ts';
import type { HistoryEvent } from '../../history/event.ts';
import { type Call, isPut, isTake, isUnknown } from '../calls.ts';
import type { ObjectKind } from '../models/models.ts';
import { fromMiddle, middle, type Plant } from './plant.ts';

/** A copy of the calls with the violation, or undefined: there is no place for it. */
export function plantInCalls(
  calls: readonly Call[],
  kind: ObjectKind,
  plant: Plant,
): Call[] | undefined {
  if (plant === 'phantom') return phantom(calls);
  switch (kind) {
    case 'mutex':
      return plant === 'lost update' ? twoHolders(calls) : undefined;
    case 'queue':
    case 'bag':
    case 'stack':
      if (plant === 'lost update') return takenTwice(calls);
      return plant === 'reordered pair' && kind === 'queue' ? overtaken(calls) : undefined;
    case 'set':
      if (plant === 'stale read') return lacking(calls, plant) ?? denied(calls);
      return plant === 'reordered pair' ? exchangedReads(calls) : lacking(calls, plant);
    case 'list':
      return plant === 'reordered pair' ? exchangedReads(calls) : lacking(calls, plant);
    default:
      return undefined;
  }
}

const NOBODY: Value = [['nobody wrote this']];

function phantom(calls: readonly Call[]): Call[] | undefined {
  const seen = calls.filter((call) => isOk(call) && phantomAnswer(call) !== undefined);
  const call = middle(seen);
  return call && answering(calls, new Map([[call, phantomAnswer(call) as Value]]));
}

/** The answer with something in it that nobody wrote; undefined: it told of nothing. */
function phantomAnswer({ invoke: { f }, end }: Call): Value | undefined {
  if (['read', 'get', 'dequeue', 'pop'].includes(f)) return NOBODY;
  const micros = end?.value;
  if (f !== 'txn' || !Array.isArray(micros)) return undefined;
  const reads = (micro: Value): boolean =>
    Array.isArray(micro) && (micro[0] === 'r' || micro[0] === 'read') && micro[2] !== null;
  const at = (micros as readonly Value[]).findIndex(reads);
  if (at === -1) return undefined;
  return micros.map((micro, i) => (i === at ? [micro[0], micro[1], NOBODY] : micro)) as Value;
}

/** So many releases become acquisitions that one of these must find the lock held. */
function twoHolders(calls: readonly Call[]): Call[] | undefined {
  const acquired = calls.filter((call) => call.invoke.f === 'acquire' && isOk(call)).length;
  const releases = calls.filter((call) => call.invoke.f === 'release' && call.end?.type !== 'fail');
  const needed = Math.floor((releases.length - acquired + 1) / 2) + 1;
  const certain = releases.filter(isOk);
  if (needed < 1 || needed > Math.min(FLIPS_MAX, certain.length)) return undefined;
  const flipped = new Set(certain.slice(-needed));
  return calls.map((call) =>
    flipped.has(call) ? { ...call, invoke: { ...call.invoke, f: 'acquire' } } : call,
  );
}

const FLIPS_MAX = 3;

/** A dequeue, or a pop, is given an element that was put in once, and that another one got. */
function takenTwice(calls: readonly Call[]): Call[] | undefined {
  const puts = putIn(calls);
  const takes = calls.filter((call) => hasTaken(call) && puts.get(elementOf(call))?.length === 1);
  const [first, second] = [middle(takes), takes.at(-1)];
  if (first === undefined || second === undefined || first === second) return undefined;
  return answering(calls, new Map([[second, first.end?.value as Value]]));
}

/** Two elements come out in the wrong order, each put in once, one after the other. */
function overtaken(calls: readonly Call[]): Call[] | undefined {
  const puts = putIn(calls);
  const takes = calls.filter((call) => hasTaken(call) && puts.get(elementOf(call))?.length === 1);
  const put = (take: Call): Call => puts.get(elementOf(take))?.[0] as Call;
  for (const x of fromMiddle(takes, calls.length)) {
    const y = takes.find((later) => later.call > x.ret && put(later).call > put(x).ret);
    if (y !== undefined) return answersExchanged(calls, x, y);
  }
  return undefined;
}

function answersExchanged(calls: readonly Call[], x: Call, y: Call): Call[] {
  return answering(
    calls,
    new Map([
      [x, y.end?.value as Value],
      [y, x.end?.value as Value],
    ]),
  );
}

/** An element that was surely added is missing from a read that began later; or from all of them. */
function lacking(calls: readonly Call[], plant: Plant): Call[] | undefined {
  const adds = onlyAdded(calls);
  const reads = calls.filter(isListRead);
  for (const read of fromMiddle(reads, calls.length)) {
    const element = elementsOf(read).find((e) => (adds.get(e)?.ret ?? Infinity) < read.call);
    if (element === undefined) continue;
    const ended = (adds.get(element) as Call).ret;
    const late = plant === 'stale read' ? [read] : reads.filter(({ call }) => call > ended);
    return answering(calls, new Map(late.map((each) => [each, without(each, element)])));
  }
  return undefined;
}

/** An element that was surely added, and that nobody may have removed, is said not to be there. */
function denied(calls: readonly Call[]): Call[] | undefined {
  const adds = onlyAdded(calls);
  const asked = calls.filter((call) => call.invoke.f === 'contains' && isOk(call));
  // An element that comes and goes: what the last one to change it left, where that was alone.
  const late = asked.find(
    (call) => (adds.get(elementOf(call))?.ret ?? Infinity) < call.call && isIn(call),
  );
  const call =
    late ?? fromMiddle(asked.filter(isIn), calls.length).find((each) => untouched(calls, each));
  return call && answeringResult(calls, call, 0);
}

/** Somebody had added the element, and nobody may have touched it since. */
function untouched(calls: readonly Call[], asked: Call): boolean {
  const element = elementOf(asked);
  const writes = calls.filter(
    (call) =>
      ['add', 'remove'].includes(call.invoke.f) &&
      call.end?.type !== 'fail' &&
      call.call < asked.ret &&
      elementOf(call) === element,
  );
  const last = writes.at(-1);
  return (
    last !== undefined &&
    last.invoke.f === 'add' &&
    last.ret < asked.call &&
    writes.every((call) => call === last || call.ret < last.call)
  );
}

function isIn({ end }: Call): boolean {
  return end?.result === 1 || end?.result === 'true';
}

/** Two reads change places, where the later one shows what nobody had begun to add when the other ended. */
function exchangedReads(calls: readonly Call[]): Call[] | undefined {
  const adds = onlyAdded(calls);
  const reads = calls.filter(isListRead);
  for (const x of fromMiddle(reads, calls.length)) {
    const y = reads.find(
      (later) =>
        later.call > x.ret && elementsOf(later).some((e) => (adds.get(e)?.call ?? -1) > x.ret),
    );
    if (y !== undefined) return answersExchanged(calls, x, y);
  }
  return undefined;
}

/** The one addition of each element that was added once, for certain, and never removed. */
function onlyAdded(calls: readonly Call[]): ReadonlyMap<string, Call> {
  const adds = new Map<string, Call>();
  const unsure = new Set<string>();
  for (const call of calls) {
    const { f } = call.invoke;
    if (call.end?.type === 'fail' || !['add', 'append', 'remove'].includes(f)) continue;
    const element = elementOf(call);
    if (f === 'remove' || isUnknown(call) || adds.has(element)) unsure.add(element);
    else adds.set(element, call);
  }
  for (const element of unsure) adds.delete(element);
  return adds;
}

/** Who may have put in each element. */
function putIn(calls: readonly Call[]): ReadonlyMap<string, readonly Call[]> {
  const puts = new Map<string, Call[]>();
  for (const call of calls) {
    if (!isPut(call) || call.end?.type === 'fail') continue;
    puts.set(elementOf(call), [...(puts.get(elementOf(call)) ?? []), call]);
  }
  return puts;
}

function isOk({ end }: Call): boolean {
  return end?.type === 'ok';
}

function hasTaken(call: Call): boolean {
  return isTake(call) && isOk(call) && call.end?.value !== null;
}

function isListRead(call: Call): boolean {
  return call.invoke.f === 'read' && isOk(call) && Array.isArray(call.end?.value);
}

/** The element that an operation puts in or takes out, as text. */
function elementOf(call: Call): string {
  return JSON.stringify(isTake(call) ? call.end?.value : call.invoke.value);
}

function elementsOf({ end }: Call): string[] {
  return ((end as HistoryEvent).value as readonly Value[]).map((e) => JSON.stringify(e));
}

function without({ end }: Call, element: string): Value {
  return ((end as HistoryEvent).value as readonly Value[]).filter(
    (e) => JSON.stringify(e) !== element,
  ) as Value;
}

function answeringResult(calls: readonly Call[], at: Call, result: Value): Call[] {
  const end = { ...(at.end as HistoryEvent), result };
  return calls.map((call) => (call === at ? { ...call, end } : call));
}

/** The calls with other answers. */
function answering(calls: readonly Call[], answers: ReadonlyMap<Call, Value>): Call[] {
  return calls.map((call) => {
    const value = answers.get(call);
    return value === undefined || call.end === undefined
      ? call
      : { ...call, end: { ...call.end, value } };
  });
}
