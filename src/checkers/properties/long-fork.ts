/**
 * Long fork (Jepsen's `long-fork`): each key is written once; two reads of the same keys must not see
 * two writes in opposite orders. What reads of one group see must therefore be a chain: sorted by size,
 * each is contained in the next.
 *
 * Operations are transactions `["w", key, value]` alone, or several `["r", key, value]`.
 */
import type { Value } from '../../base/operation.ts';
import type { Call } from '../calls.ts';
import type { Anomaly } from '../verdict.ts';
import {
  type Calls,
  type Property,
  answering,
  idOf,
  isFailed,
  isOk,
  named,
  said,
} from './property.ts';

type Key = number | string;
type Micro = readonly [f: string, key: Value, value: Value];

interface Read {
  readonly call: Call;
  readonly seen: ReadonlySet<Key>;
}

export const longFork: Property = {
  name: 'long-fork',
  demands: 'no two reads of the same keys see two writes in opposite orders',
  wants: 'It wants keys that are written once, and transactions that read several of them at once.',

  judge(calls) {
    const written = writesOf(calls);
    const nothing = { observed: 0, keys: 0, anomalies: [], figures: {} };
    if (typeof written === 'string') return { ...nothing, unfit: written };
    const anomalies: Anomaly[] = [];
    const groups = new Map<string, Read[]>();
    for (const call of calls.all) {
      const micros = readsOf(call);
      if (micros === undefined) continue;
      const stranger = micros.find(
        ([, key, value]) => value !== null && written.get(idOf(key)) !== idOf(value),
      );
      if (stranger !== undefined) {
        anomalies.push(unexpected(call, stranger));
        continue;
      }
      const group = micros
        .map(([, key]) => JSON.stringify(key))
        .toSorted()
        .join();
      const seen = new Set(
        micros.filter(([, , value]) => value !== null).map(([, key]) => idOf(key)),
      );
      const others = groups.get(group);
      if (others === undefined) groups.set(group, [{ call, seen }]);
      else others.push({ call, seen });
    }
    let pairs = 0;
    for (const reads of groups.values()) {
      pairs += reads.length - 1;
      const sorted = reads.toSorted((a, b) => a.seen.size - b.seen.size);
      for (const [i, read] of sorted.entries()) {
        const before = sorted[i - 1];
        if (before !== undefined && !within(before, read)) anomalies.push(fork(before, read));
      }
    }
    const forks = anomalies.filter(({ type }) => type === 'long-fork').length;
    const figures = {
      groups: groups.size,
      comparedReads: pairs,
      forks,
      unexpected: anomalies.length - forks,
    };
    return { observed: pairs, keys: written.size, anomalies, figures };
  },

  verify(calls, anomaly) {
    const ops = named(calls, anomaly) ?? [];
    const seenBy = ops.map((call) => readsOf(call));
    const [a, b] = seenBy;
    if (a === undefined) return 'it names no read';
    if (anomaly.type === 'unexpected') {
      const odd = a.some(
        ([, key, value]) =>
          value !== null &&
          !calls.all.some(
            (call) =>
              !isFailed(call) &&
              micro(call).some(
                (m) => m[0] === 'w' && idOf(m[1]) === idOf(key) && idOf(m[2]) === idOf(value),
              ),
          ),
      );
      return odd ? undefined : 'everything that it shows was written';
    }
    if (b === undefined) return 'it does not name two reads';
    const only = (one: readonly Micro[], other: readonly Micro[]): boolean =>
      one.some(
        ([, key, value]) =>
          value !== null && other.some((m) => idOf(m[1]) === idOf(key) && m[2] === null),
      );
    return only(a, b) && only(b, a) ? undefined : 'one of them sees all that the other one sees';
  },

  plants(calls) {
    const written = writesOf(calls);
    if (typeof written === 'string') return [];
    const raw = new Map(
      calls.all
        .flatMap(micro)
        .filter(([f]) => f === 'w')
        .map(([, key, value]) => [idOf(key), value]),
    );
    const groups = new Map<string, Call>();
    for (const call of calls.all) {
      const own = readsOf(call);
      if (own === undefined) continue;
      const group = own.map(([, key]) => idOf(key)).join();
      const twin = groups.get(group);
      groups.set(group, call);
      const [a, b] = own.filter(([, key]) => written.has(idOf(key)));
      if (twin === undefined || a === undefined || b === undefined) continue;
      const seeing = (key: Value): Value =>
        own.map((m) => ['r', m[1], m[1] === key ? (raw.get(idOf(key)) as Value) : null]);
      const first = answering(calls, call, { value: seeing(a[1]) });
      return [answering(first, twin, { value: seeing(b[1]) })];
    }
    return [];
  },
};

/** Micro-operations of a call: what it was answered with, else what it asked. */
function micro(call: Call): readonly Micro[] {
  const value = isOk(call) ? call.end?.value : call.invoke.value;
  if (!Array.isArray(value)) return [];
  const all = value as readonly Value[];
  return all.every((m) => Array.isArray(m) && m.length === 3)
    ? (all as unknown as readonly Micro[])
    : [];
}

/** Reads of two keys and more, each once, and nothing else. */
function readsOf(call: Call): readonly Micro[] | undefined {
  if (!isOk(call)) return undefined;
  const micros = micro(call);
  const keys = new Set(micros.map(([, key]) => idOf(key)));
  return micros.length > 1 && keys.size === micros.length && micros.every(([f]) => f === 'r')
    ? micros
    : undefined;
}

/** Values by key of writes that may have happened; a sentence: a key was written twice. */
function writesOf({ all }: Calls): ReadonlyMap<Key, Key> | string {
  const written = new Map<Key, Key>();
  for (const call of all) {
    if (isFailed(call)) continue;
    for (const [f, key, value] of micro(call)) {
      if (f !== 'w') continue;
      if (written.has(idOf(key)) || value === null)
        return `${said(call)} writes key ${JSON.stringify(key)} once more, or nil: every key must be written once.`;
      written.set(idOf(key), idOf(value));
    }
  }
  return written;
}

function within(a: Read, b: Read): boolean {
  for (const key of a.seen) if (!b.seen.has(key)) return false;
  return true;
}

function fork(a: Read, b: Read): Anomaly {
  const only = (one: Read, other: Read): string =>
    [...one.seen].filter((key) => !other.seen.has(key)).join(', ');
  return {
    type: 'long-fork',
    why: `${said(a.call)} sees the write of ${only(a, b)} and not that of ${only(b, a)}; ${said(b.call)} sees it the other way round.`,
    operations: [a.call.invoke.index, b.call.invoke.index],
  };
}

function unexpected(call: Call, [, key, value]: Micro): Anomaly {
  return {
    type: 'unexpected',
    why: `${said(call)} shows ${JSON.stringify(value)} at key ${JSON.stringify(key)}, which nobody wrote there.`,
    operations: [call.invoke.index],
  };
}
