/**
 * Identifiers that must never be given out twice (Jepsen's `unique-ids`): the answers of `generate`, or
 * those of an `add` of a positive number to one key.
 */
import type { Call } from '../calls.ts';
import type { Anomaly } from '../verdict.ts';
import type { Value } from '../../base/operation.ts';
import {
  type Calls,
  type Property,
  answering,
  idOf,
  isOk,
  keyed,
  named,
  said,
} from './property.ts';

interface Given {
  readonly call: Call;
  readonly id: Value;
}

export const uniqueIds: Property = {
  name: 'unique-ids',
  demands: 'no identifier is given out twice',
  wants: 'It wants at least two identifiers: answers of generate, or of add on one key.',

  judge(calls) {
    const odd = calls.all.find((call) => !fits(call));
    if (odd !== undefined) {
      const unfit = `${said(odd)} neither generates an identifier nor adds a positive number.`;
      return { observed: 0, keys: 0, anomalies: [], figures: {}, unfit };
    }
    const given = givenOut(calls);
    const first = new Map<string, Given>();
    const anomalies: Anomaly[] = [];
    for (const one of given) {
      const before = first.get(nameOf(one));
      if (before === undefined) first.set(nameOf(one), one);
      else anomalies.push(twice(before, one));
    }
    const keys = new Set(given.map(({ call }) => call.invoke.key)).size;
    const figures = {
      attempted: calls.all.filter(({ invoke }) => invoke.f !== 'read').length,
      acknowledged: given.length,
      duplicates: anomalies.length,
    };
    // One identifier alone cannot be given out twice.
    return { observed: given.length - keys, keys, anomalies, figures };
  },

  verify(calls, anomaly) {
    const [a, b] = named(calls, anomaly) ?? [];
    if (a === undefined || b === undefined || a === b) return 'it does not name two operations';
    const [one, other] = [idIn(a), idIn(b)];
    const same = JSON.stringify(one) === JSON.stringify(other) && a.invoke.key === b.invoke.key;
    return one !== undefined && same ? undefined : 'they were answered with different identifiers';
  },

  plants(calls) {
    const given = givenOut(calls);
    for (const [i, b] of given.entries()) {
      const a = given[i - 1];
      if (a === undefined || a.call.invoke.key !== b.call.invoke.key) continue;
      const field = b.call.end?.result === undefined ? 'value' : 'result';
      return [answering(calls, b.call, { [field]: a.id })];
    }
    return [];
  },
};

function fits({ invoke: { f, value } }: Call): boolean {
  return (
    f === 'read' || f === 'generate' || (f === 'add' && typeof value === 'number' && value > 0)
  );
}

function givenOut({ all }: Calls): Given[] {
  return all.flatMap((call) => {
    const id = idIn(call);
    return id === undefined ? [] : [{ call, id }];
  });
}

/** The identifier that a call was answered with. */
function idIn(call: Call): Value | undefined {
  if (!isOk(call)) return undefined;
  const { value, result } = call.end as NonNullable<Call['end']>;
  if (call.invoke.f === 'add') return result;
  return call.invoke.f === 'generate' ? (result ?? value) : undefined;
}

function nameOf({ call, id }: Given): string {
  return `${JSON.stringify(call.invoke.key)} ${typeof idOf(id)} ${idOf(id)}`;
}

function twice(a: Given, b: Given): Anomaly {
  return {
    type: 'duplicate-id',
    ...keyed(b.call.invoke.key),
    why: `${said(a.call)} and ${said(b.call)} were both answered with ${JSON.stringify(b.id)}.`,
    operations: [a.call.invoke.index, b.call.invoke.index],
  };
}
