/** The sequential stack: `push` an element, `pop` the last one (answered with it; with nil where it was empty). */
import type { Value } from '../../base/operation.ts';
import type { Foreseen, Foresight, Model } from '../checker.ts';

/** A stack: its top, and the stack below. Two with the same elements are the same object. */
export interface Stack {
  readonly id: number;
  /** As text; undefined: empty. */
  readonly top: string | undefined;
  readonly below: Stack | undefined;
}

/** Its elements as text, from the bottom. */
export function elementsOfStack(stack: Stack): string[] {
  const elements: string[] = [];
  for (let s: Stack | undefined = stack; s?.top !== undefined; s = s.below) elements.push(s.top);
  return elements.toReversed();
}

/** State: the stack. `initial`: the elements at first, from the bottom. */
export function stackModel(initial: Value): Model<Stack> {
  const empty: Stack = { id: 0, top: undefined, below: undefined };
  const known = new Map<string, Stack>();
  const pushed = (below: Stack, top: string): Stack => {
    const name = `${below.id} ${top}`;
    let stack = known.get(name);
    if (stack === undefined) known.set(name, (stack = { id: known.size + 1, top, below }));
    return stack;
  };
  const start = Array.isArray(initial) ? (initial as readonly Value[]).map((e) => text(e)) : [];
  return {
    name: 'stack',
    init: start.reduce(pushed, empty),
    observed: 'late',
    key: ({ id }) => id,
    traits: (_, result) => (result.type === 'ok' && result.value === null ? { pure: true } : {}),
    step(s, op, result) {
      if (op.f === 'push') return pushed(s, text(op.value));
      if (op.f !== 'pop') throw new TypeError(`the stack model knows no operation "${op.f}"`);
      if (result.type !== 'ok') return s.below ?? s;
      if (result.value === null) return s.top === undefined ? s : undefined;
      return s.top === text(result.value) ? s.below : undefined;
    },
    foresee: (history) => refusesBuried(start, history),
  };
}

function text(value: Value): string {
  return JSON.stringify(value);
}

/** When an element comes out: not before `from`; surely before `by`. */
interface Way {
  readonly from: number;
  readonly by: number;
}

const STAYS: Way = { from: Infinity, by: Infinity };

/**
 * Nothing may be pushed onto an element that will be out before it: b onto a, where a pop that must be
 * a's returned before any pop that may be b's was called.
 */
function refusesBuried(start: readonly string[], history: readonly Foreseen[]): Foresight<Stack> {
  const ways = waysOut(start, history);
  const earliest = new Map<Stack, number>();
  /** The first moment by which one of the elements is out. */
  const outBy = (stack: Stack): number => {
    const unknown: Stack[] = [];
    let s = stack;
    for (; s.below !== undefined && !earliest.has(s); s = s.below) unknown.push(s);
    let by = earliest.get(s) ?? Infinity;
    for (const each of unknown.toReversed()) {
      by = Math.min(by, ways.get(each.top as string)?.by ?? Infinity);
      earliest.set(each, by);
    }
    return by;
  };
  return {
    refuses: (s, { f, value }) => f === 'push' && (ways.get(text(value)) ?? STAYS).from > outBy(s),
  };
}

/**
 * Of each element, by its pops. Where it was pushed more often than it was surely popped, one may stay, and
 * a pop of unknown outcome may have taken it.
 */
function waysOut(start: readonly string[], history: readonly Foreseen[]): ReadonlyMap<string, Way> {
  const counts = new Map<string, { pushes: number; pops: number; from: number; by: number }>();
  const of = (element: string): { pushes: number; pops: number; from: number; by: number } => {
    let count = counts.get(element);
    if (count === undefined)
      counts.set(element, (count = { pushes: 0, pops: 0, from: Infinity, by: -1 }));
    return count;
  };
  for (const element of start) of(element).pushes++;
  let lost = Infinity;
  for (const { op, result, call, ret } of history) {
    if (op.f === 'push') of(text(op.value)).pushes++;
    else if (result.type !== 'ok') lost = Math.min(lost, call);
    else {
      const count = of(text(result.value));
      count.pops++;
      count.from = Math.min(count.from, call);
      count.by = Math.max(count.by, ret);
    }
  }
  return new Map(
    [...counts].map(([element, { pushes, pops, from, by }]) => [
      element,
      pops >= pushes ? { from, by } : { from: Math.min(from, lost), by: Infinity },
    ]),
  );
}
