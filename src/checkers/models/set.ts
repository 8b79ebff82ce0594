/**
 * The sequential set: add, remove, ask for one element (`contains`, answered with 1 or 0), read the
 * whole.
 */
import type { Value } from '../../base/operation.ts';
import type { Model } from '../checker.ts';

/** State: the elements as text, sorted. Absent is the empty set. */
export function setModel(initial: Value): Model<readonly string[]> {
  return {
    name: 'set',
    init: elementsOf(initial) ?? [],
    key: (s) => s.join('\n'),
    traits: (op) => (op.f === 'add' || op.f === 'remove' ? { total: true } : { pure: true }),
    step(s, op, result) {
      const element = JSON.stringify(op.value);
      switch (op.f) {
        case 'add':
          return s.includes(element) ? s : [...s, element].toSorted();
        case 'remove':
          return s.includes(element) ? s.filter((e) => e !== element) : s;
        case 'contains':
          if (result.type !== 'ok') return s;
          return s.includes(element) === isTrue(result.result) ? s : undefined;
        case 'read': {
          if (result.type !== 'ok') return s;
          const saw = elementsOf(result.value);
          return saw?.join('\n') === s.join('\n') ? s : undefined;
        }
        default:
          throw new TypeError(`the set model knows no operation "${op.f}"`);
      }
    },
  };
}

/** The elements of a list that was read, as text, sorted; undefined: it is no list. */
export function elementsOf(value: Value): string[] | undefined {
  if (value === null) return [];
  if (!Array.isArray(value)) return undefined;
  return [...new Set((value as readonly Value[]).map((e) => JSON.stringify(e)))].toSorted();
}

function isTrue(answer: Value | undefined): boolean {
  return answer === 1 || answer === 'true';
}
