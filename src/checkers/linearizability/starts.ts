/**
 * In which states can an object have been when a stretch of its history began? Every one that matters: of
 * states between which no operation of the stretch can tell, one stands for all.
 */
import type { Value } from '../../base/operation.ts';
import { type Call, isCertain } from '../calls.ts';
import type { ObjectKind } from '../models/models.ts';
import { microsOf } from '../models/multi-register.ts';

/** More than so many are not tried. */
const STARTS_MAX = 300;

/** A value that is none of those that occur. */
const OTHER: Value = [['any other']];

/** States of the built-in model; undefined: too many, or not known. */
export function startsOf(
  kind: ObjectKind | undefined,
  stretch: readonly Call[],
): readonly unknown[] | undefined {
  const starts = candidates(kind, stretch);
  return starts !== undefined && starts.length <= STARTS_MAX ? starts : undefined;
}

function candidates(
  kind: ObjectKind | undefined,
  stretch: readonly Call[],
): readonly unknown[] | undefined {
  switch (kind) {
    case 'mutex':
      return [false, true];
    case 'register':
      return stretch.some(({ invoke: { f } }) => f === 'add') ? sums(stretch) : values(stretch);
    case 'text':
      return texts(stretch);
    case 'multi-register':
      return contents(stretch);
    default:
      return undefined;
  }
}

function values(stretch: readonly Call[]): Value[] {
  const all = stretch.flatMap(({ invoke: { f, value }, end }) => [
    ...(f === 'cas' && Array.isArray(value) ? (value as readonly Value[]) : [value]),
    ...(f === 'read' ? [end?.value ?? null] : []),
    ...(f === 'getset' ? [end?.result ?? null] : []),
    end?.observed ?? null,
  ]);
  return [...new Map([...all, null, OTHER].map((v) => [JSON.stringify(v), v])).values()];
}

/** Numbers from which some of the additions lead to one that was seen; and one that is no number. */
function sums(stretch: readonly Call[]): Value[] | undefined {
  let [down, up] = [0, 0];
  const seen: number[] = [];
  for (const { invoke, end } of stretch) {
    const delta = invoke.f === 'add' ? Number(invoke.value) : 0;
    if (delta < 0) up -= delta;
    else down += delta;
    const told = invoke.f === 'read' ? (end?.value ?? 0) : (end?.result ?? end?.observed);
    if (typeof told === 'number') seen.push(told);
    else if (told !== undefined) return undefined;
    if (!['add', 'read'].includes(invoke.f)) return undefined;
  }
  const [low, high] = [Math.min(...seen) - down, Math.max(...seen) + up];
  if (!Number.isSafeInteger(low) || !(high - low <= STARTS_MAX - 2)) return undefined;
  return [OTHER, ...Array.from({ length: high - low + 1 }, (_, i) => low + i)];
}

/** Beginnings of the texts that were read, less what can have been appended since; and a hopeless one. */
function texts(stretch: readonly Call[]): unknown[] {
  const appended = stretch
    .filter(({ invoke }) => invoke.f === 'append')
    .reduce((n, { invoke }) => n + JSON.stringify(invoke.value).length, 0);
  const starts = new Set<unknown>([null]);
  for (const call of stretch) {
    if (call.invoke.f !== 'get' || !isCertain(call)) continue;
    const seen = call.end?.value ?? '';
    const text = typeof seen === 'string' ? seen : JSON.stringify(seen);
    for (let n = Math.max(0, text.length - appended); n <= text.length; n++) {
      starts.add(text.slice(0, n));
      if (starts.size > STARTS_MAX) return [...starts];
    }
  }
  return [...starts];
}

/** Every combination of the values that each register shows or is given, and another one. */
function contents(stretch: readonly Call[]): ReadonlyMap<string, Value>[] {
  const registers = new Map<string, Map<string, Value>>();
  for (const { invoke, end } of stretch)
    for (const micro of [invoke.value, end?.value].flatMap(microsOf)) {
      const name = JSON.stringify(micro[1]);
      const known = registers.get(name) ?? new Map([[JSON.stringify(OTHER), OTHER]]);
      registers.set(name, known.set(JSON.stringify(micro[2] ?? null), micro[2] ?? null));
    }
  let all: ReadonlyMap<string, Value>[] = [new Map()];
  for (const [name, known] of registers) {
    all = all.flatMap((so) => [...known.values()].map((value) => new Map(so).set(name, value)));
    if (all.length > STARTS_MAX) break;
  }
  return all;
}
