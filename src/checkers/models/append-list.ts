/**
 * The sequential list: append an element (answered with the length), read the whole list.
 */
import type { Value } from '../../base/operation.ts';
import type { Model } from '../checker.ts';

/** State: the elements. Absent is the empty list. */
export function appendListModel(initial: Value): Model<readonly Value[]> {
  return {
    name: 'append-list',
    init: asList(initial) ?? [],
    key: (s) => JSON.stringify(s),
    traits(op, result) {
      if (op.f === 'read') return { pure: true };
      return result.type === 'ok' && result.result !== undefined ? {} : { total: true };
    },
    step(s, op, result) {
      if (op.f === 'read') {
        if (result.type === 'info') return s;
        const saw = asList(result.type === 'ok' ? result.value : (result.observed ?? null));
        return saw !== undefined && JSON.stringify(saw) === JSON.stringify(s) ? s : undefined;
      }
      if (op.f !== 'append') throw new TypeError(`the list model knows no operation "${op.f}"`);
      const after = [...s, op.value];
      const answer = result.type === 'ok' ? result.result : undefined;
      return answer === undefined || answer === after.length ? after : undefined;
    },
  };
}

function asList(value: Value): readonly Value[] | undefined {
  if (value === null) return [];
  return Array.isArray(value) ? (value as readonly Value[]) : undefined;
}
