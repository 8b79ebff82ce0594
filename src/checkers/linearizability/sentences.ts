/**
 * A conflict in words: why no order of these operations explains what the clients saw.
 */
import type { Value } from '../../base/operation.ts';
import { type Call, isPut, isUnknown } from '../calls.ts';
import { type Conflict, isObservation } from './conflict.ts';
import { replaced } from './weaken.ts';

/**
 * One paragraph in plain words. Rows are those of `calls`; `recorded`: all that was recorded of the key,
 * where `calls` are only some.
 */
export function sentence(
  calls: readonly Call[],
  conflict: Conflict,
  recorded: readonly Call[] = calls,
): string {
  const op = (row: number): Call => calls[row] as Call;
  switch (conflict.kind) {
    case 'phantom':
      return phantom(recorded, op(conflict.op));
    case 'consumed-twice': {
      const [x, y] = [op(conflict.first), op(conflict.second)];
      const value = show(replaced(x)?.[0] ?? replaced(y)?.[0] ?? null);
      return (
        `${subject(x)} and ${subject(y)} both replaced the value ${value}, which was there only once: ` +
        'one of the two updates was lost.'
      );
    }
    case 'cycle':
      return (
        `${list(conflict.ops.map((row) => subject(op(row))))} each replaced the value that the one before ` +
        'made, in a circle: none of them can have been the first.'
      );
    case 'inverted':
      return inverted(op(conflict.before), op(conflict.after), conflict.links.map(op));
    case 'interleaved':
      return interleaved(conflict, op);
    case 'no-place': {
      const call = op(conflict.op);
      return `${subject(call)} ${told(call)}, which no number of the operations on this key makes.`;
    }
    case 'same-answer': {
      const [x, y] = [op(conflict.first), op(conflict.second)];
      return `${subject(x)} and ${subject(y)} were both answered with ${show(x.end?.result ?? null)}: one of the two updates was lost.`;
    }
    case 'wrong-answer': {
      const [x, read] = [op(conflict.op), op(conflict.read)];
      return (
        `${subject(x)} was told that its element stands at place ${show(x.end?.result ?? null)}, ` +
        `but ${subject(read)} shows ${shownAt(x, read)}.`
      );
    }
    case 'no-room': {
      const [read, add] = [op(conflict.op), op(conflict.add)];
      return (
        `${subject(read)} ${told(read)}, which leaves no room for all the updates that were over before it began, ` +
        `${subject(add)} among them.`
      );
    }
    case 'taken-twice': {
      const [x, y] = [op(conflict.first), op(conflict.second)];
      return `${subject(x)} and ${subject(y)} both took out ${show(x.end?.value ?? null)}, which was put in only once.`;
    }
    case 'overtaken': {
      const [x, y] = [op(conflict.first), op(conflict.second)];
      const left =
        conflict.left === -1
          ? `and ${show(x.invoke.value)} was never taken out`
          : `before ${subject(op(conflict.left))}, which ${told(op(conflict.left))}, began`;
      return (
        `${subject(x)} had ended before ${subject(y)} began. Yet ${subject(op(conflict.take))} ` +
        `${told(op(conflict.take))} and had ended ${left}: the later element overtook the earlier one.`
      );
    }
    case 'not-empty':
      return notEmpty(op(conflict.op), conflict.held.map(op));
    case 'left-behind': {
      const [x, y] = [op(conflict.first), op(conflict.op)];
      return (
        `${subject(y)} ${told(y)}. Elements that had been put in before that one, ${show(x.invoke.value)} among them, ` +
        'must have been taken out first, but nobody is known to have taken them, and too few dequeues of ' +
        'unknown outcome had begun when it ended.'
      );
    }
    case 'forked':
      return forked(op(conflict.first), op(conflict.second));
    case 'too-few': {
      const call = op(conflict.op);
      return (
        `${subject(call)} ${told(call)}, which takes ${conflict.needed} updates; but when it ended only ` +
        `${conflict.called} that can stand there had ever been called.`
      );
    }
    case 'exhausted':
      return (
        `All events before the end of ${subject(op(conflict.op))} can be put in an order, but none ` +
        `in which it ${told(op(conflict.op))}.`
      );
  }
}

/** Of operations that have no order whatever was there before them; `last`: the one that has no place. */
export function stretchSentence(calls: readonly Call[], last: Call): string {
  const seen = calls.filter((call) => call !== last && isObservation(call));
  const first = calls.reduce((a, b) => (b.call < a.call ? b : a));
  const beside =
    seen.length === 0
      ? ''
      : ` and explains ${list(seen.map((call) => `that ${subject(call)} ${told(call)}`))} as well`;
  return (
    `${subject(last)} ${told(last)}. Whatever the key held at ${ms(first)}, no order of what went on since ` +
    `leads to that${beside}.`
  );
}

function phantom(calls: readonly Call[], call: Call): string {
  const value = seenValue(call);
  const saw =
    call.end?.type === 'fail' || call.invoke.f === 'read'
      ? told(call)
      : `replaced the value ${show(value)}`;
  const failed = calls.find(
    ({ invoke, end }) =>
      end?.type === 'fail' && invoke.f !== 'read' && show(replacedBy(invoke.value)) === show(value),
  );
  if (failed !== undefined)
    return `${subject(call)} ${saw}, but ${subject(failed)} failed: its client was told that it did not happen.`;
  return `${subject(call)} ${saw}, but nobody ever wrote that to this key.`;
}

function replacedBy(value: Value): Value {
  return Array.isArray(value) && value.length === 2 ? (value[1] as Value) : value;
}

/** Value that an operation saw: of a read, of a failed cas, of a replacement. */
function seenValue(call: Call): Value {
  const { end, invoke } = call;
  if (end?.type === 'fail') return end.observed ?? null;
  if (invoke.f === 'read') return end?.value ?? null;
  return replaced(call)?.[0] ?? null;
}

function inverted(before: Call, after: Call, links: readonly Call[]): string {
  if (isObservation(before)) {
    const direct = show(replaced(after)?.[0] ?? null) === show(seenValue(before));
    const later =
      direct && replaced(after) !== undefined
        ? 'which replaced that value'
        : `which ${told(after)} and can only have come later`;
    return (
      `${subject(before)} ${told(before)}. But ${subject(after)}, ${later}, ` +
      `had ended ${gap(after, before)} before it began.`
    );
  }
  const late = `began only at ${ms(before)}, after the ${after.invoke.f} had ended at ${msEnd(after)}`;
  const chain =
    links.length === 0 ? '' : ` (through ${list(links.slice(0, 3).map((link) => naming(link)))})`;
  const made = makes(before);
  if (made !== undefined && show(made) === show(seenValue(after)))
    return `${subject(after)} ${told(after)}. But ${subject(before)}, the only one to make that value, ${late}.`;
  return (
    `${subject(after)} ${told(after)}. The values put ${subject(before)}${chain} ` +
    `before it, but that ${late}.`
  );
}

function makes(call: Call): Value | undefined {
  if (call.invoke.f === 'write') return call.invoke.value;
  return replaced(call)?.[1];
}

type Interleaved = Extract<Conflict, { kind: 'interleaved' }>;

function interleaved(conflict: Interleaved, op: (row: number) => Call): string {
  for (const [stale, fresh] of [
    [conflict.first, conflict.second],
    [conflict.second, conflict.first],
  ] as const) {
    if (fresh.early === undefined || fresh.early !== fresh.late) continue;
    const late = op(stale.late);
    const between = op(fresh.late);
    const isRead = between.invoke.f === 'read';
    const fact = isRead ? `${subject(between)}, which ${told(between)},` : subject(between);
    const began =
      stale.early === undefined
        ? 'and that value had been there from the start'
        : `and ${subject(op(stale.early))} had ended before ${isRead ? 'that read' : naming(between)} began`;
    return (
      `${subject(late)} ${told(late)}. But ${fact} had ended ${gap(between, late)} before it ` +
      `began, ${began}: from then on the earlier value can no longer be seen.`
    );
  }
  const { first, second } = conflict;
  const was = (row: number | undefined): string =>
    row === undefined ? 'the initial value' : subject(op(row));
  return (
    `${was(second.early)} had ended before ${subject(op(first.late))} began, and ${was(first.early)} had ` +
    `ended before ${subject(op(second.late))} began: each of the two values would have to be over ` +
    'before the other one came.'
  );
}

function forked(x: Call, y: Call): string {
  const [a, b] = [listOf(x), listOf(y)];
  const missing = a.find((element) => !b.some((other) => show(other) === show(element)));
  const fresh = b.find((element) => !a.some((other) => show(other) === show(element)));
  if (missing !== undefined && fresh !== undefined)
    return (
      `${subject(x)} shows ${show(missing)} and not ${show(fresh)}, ${subject(y)} shows ${show(fresh)} and not ` +
      `${show(missing)}: elements only come, so the two cannot both have been there at any two times.`
    );
  const at = b.findIndex((element, i) => show(element) !== show(a[i] ?? null));
  return (
    `${subject(x)} ${told(x)}, and ${subject(y)} ${told(y)}: at place ${at + 1} the first shows ` +
    `${show(a[at] ?? null)}, the second ${show(b[at] ?? null)}, and lists only grow, so the two cannot ` +
    'both have been there at any two times.'
  );
}

function notEmpty(look: Call, held: readonly Call[]): string {
  const puts = held.filter(isPut);
  const what = look.invoke.f === 'pop' ? 'stack' : 'queue';
  const names = puts.slice(0, 5).map(({ invoke }) => show(invoke.value));
  const more = puts.length > names.length ? [`${puts.length - names.length} more`] : [];
  return puts.length === 1
    ? `${subject(look)} found the ${what} empty, but ${names.join('')} had been put in before it began, and nobody began to take that out before it had ended.`
    : `${subject(look)} found the ${what} empty, but at every moment between its beginning and its end one of the elements ${list([...names, ...more])} was inside.`;
}

function listOf({ end }: Call): readonly Value[] {
  return Array.isArray(end?.value) ? end.value : [];
}

function shownAt(append: Call, read: Call): string {
  const elements = listOf(read);
  const there = elements[Number(append.end?.result) - 1];
  return there === undefined ? `a list of ${elements.length}` : `${show(there)} there`;
}

/** `write 9 by process 0 on n1`. */
export function subject(call: Call): string {
  const { process, node } = call.invoke;
  return `${naming(call)} by process ${process}${node === undefined ? '' : ` on ${node}`}`;
}

/** `write 9`, `cas 3 → 4`, `read`. */
export function naming({ invoke: { f, value } }: Call): string {
  if (value === null || f === 'delete') return f;
  if (f === 'not') return `failed cas from ${show(value)}`;
  if (f === 'cas' && Array.isArray(value))
    return `cas ${show(value[0] as Value)} → ${show(value[1] as Value)}`;
  return `${f} ${show(value)}`;
}

/** `returned 4`, `found 7 instead`, `was answered with 3`. */
export function told(call: Call): string {
  const { invoke, end } = call;
  if (isUnknown(call)) return 'took effect';
  if (end?.type === 'fail') return `found ${show(end.observed ?? null)} instead`;
  if (invoke.f === 'not') return `proved that the value was not ${show(invoke.value)}`;
  if (['read', 'get', 'dequeue', 'pop', 'txn'].includes(invoke.f))
    return `returned ${show(end?.value ?? null)}`;
  if (end?.result !== undefined) return `was answered with ${show(end.result)}`;
  return 'was acknowledged';
}

/** A value as people read it, cut where it is long. */
export function show(value: Value): string {
  if (value === null) return 'nil';
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) {
    const items = value.map((item: Value) => show(item));
    if (items.length <= 12) return `[${items.join(' ')}]`;
    return `[… ${items.slice(-11).join(' ')}] (${items.length} elements)`;
  }
  const text = JSON.stringify(value);
  return text.length <= 24 ? text : `${text.slice(0, 20)}…"`;
}

function ms({ invoke }: Call): string {
  return milliseconds(invoke.time);
}

function msEnd({ end }: Call): string {
  return milliseconds(end?.time ?? 0);
}

function gap(earlier: Call, later: Call): string {
  return milliseconds(later.invoke.time - (earlier.end?.time ?? later.invoke.time));
}

/** `812.114 ms`; durations below a microsecond in ns. */
function milliseconds(ns: number): string {
  return ns !== 0 && ns < 1000 ? `${ns} ns` : `${(ns / 1e6).toFixed(3)} ms`;
}

function list(items: readonly string[]): string {
  return items.length < 2
    ? items.join('')
    : `${items.slice(0, -1).join(', ')} and ${items.at(-1) ?? ''}`;
}
