/**
 * Parts of an object that make a history of their own: the elements of a queue, a stack, a set or a list, the
 * registers of a multi-register. Where the whole history has an order, the same order, seen only through
 * some parts, is one of theirs. So if some parts alone have none, the whole has none.
 */
import type { Value } from '../../base/operation.ts';
import { microsOf } from '../models/multi-register.ts';
import { type Call, isTake } from '../calls.ts';
import type { ObjectKind } from '../models/models.ts';

/** The parts that an operation names, as text; undefined: this object has none. */
export function partsNamed(kind: ObjectKind | undefined, call: Call): string[] | undefined {
  switch (kind) {
    case 'queue':
    case 'bag':
    case 'stack':
    case 'set':
    case 'list':
      return elements(call).map((element) => JSON.stringify(element));
    case 'multi-register':
      return micros(call).map((micro) => JSON.stringify(micro[1]));
    default:
      return undefined;
  }
}

/** The operation as it is seen through some parts; undefined: not at all. */
export function seenThrough(
  kind: ObjectKind | undefined,
  call: Call,
  parts: ReadonlySet<string>,
): Call | undefined {
  const { invoke, end } = call;
  const kept = (value: Value): boolean => parts.has(JSON.stringify(value));
  if (kind === 'multi-register') {
    const some = (value: Value): Value =>
      (value as readonly Value[]).filter((micro) => kept((micro as readonly Value[])[1] as Value));
    if (!micros(call).some((micro) => kept(micro[1] as Value))) return undefined;
    return {
      ...call,
      invoke: { ...invoke, value: some(invoke.value) },
      end: end && { ...end, value: Array.isArray(end.value) ? some(end.value) : end.value },
    };
  }
  if (invoke.f === 'read')
    return Array.isArray(end?.value)
      ? { ...call, end: { ...end, value: (end.value as readonly Value[]).filter(kept) } }
      : call;
  const [element] = elements(call);
  if (element !== undefined && !kept(element)) return undefined;
  if (invoke.f !== 'append' || end?.result === undefined) return call;
  // Its place among all elements is not its place among some.
  const { result: _, ...rest } = end;
  return { ...call, end: rest };
}

/** A dequeue that found nothing, or whose answer nobody saw, names none. */
function elements(call: Call): readonly Value[] {
  const { invoke, end } = call;
  if (invoke.f === 'read') return Array.isArray(end?.value) ? (end.value as readonly Value[]) : [];
  if (!isTake(call)) return [invoke.value];
  return end?.type === 'ok' && end.value !== null ? [end.value] : [];
}

function micros({ invoke, end }: Call): readonly (readonly Value[])[] {
  const said = end?.type === 'ok' && Array.isArray(end.value) ? end.value : invoke.value;
  return microsOf(said);
}
