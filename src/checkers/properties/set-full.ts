/**
 * A set that only grows, followed element by element through all reads (Jepsen's `set-full`).
 *
 * An element is *known* from its acknowledgement on, or from the end of the first read that shows it. A
 * read that begins later and does not show it makes it *lost*, if no later read shows it, else *stale*.
 * `stableMs` is the time from knowing it to the last such read: 0 in a linearizable set.
 */
import { quantile } from './quantile.ts';
import type { Call } from '../calls.ts';
import type { Anomaly } from '../verdict.ts';
import {
  type Element,
  type ReadSet,
  type SetRead,
  listOf,
  readSets,
  strangers,
  verifyStranger,
} from './elements.ts';
import {
  type Calls,
  type Finding,
  type Property,
  answering,
  idOf,
  isOk,
  keyed,
  named,
  said,
} from './property.ts';

/** Lost elements are anomalies; stale ones are counted. */
export const setFull: Property = {
  name: 'set-full',
  demands: 'no known element disappears for good; nothing that nobody added, nothing twice',
  wants: 'It wants additions (add, append), and reads of the whole set after them.',
  judge: (calls) => follow(calls, false),
  verify: verifyElement,
  plants: (calls) => plantMissing(calls, true),
};

/** Stale elements are anomalies as well. */
export const setFullLinearizable: Property = {
  ...setFull,
  name: 'set-full-linearizable',
  demands: 'every read shows every element that was known when it began',
  judge: (calls) => follow(calls, true),
  plants: (calls) => [...plantMissing(calls, true), ...plantMissing(calls, false)],
};

/** From when on an element is there, and by which operation that is known. */
interface Known {
  readonly by: Call;
  readonly rank: number;
}

function follow(calls: Calls, linearizable: boolean): Finding {
  const sets = readSets(calls);
  if (typeof sets === 'string')
    return { observed: 0, keys: 0, anomalies: [], figures: {}, unfit: sets };
  const anomalies: Anomaly[] = [];
  const count = { elements: 0, stable: 0, stale: 0, lost: 0, neverRead: 0 };
  const latencies: number[] = [];
  for (const set of sets) {
    const absent = lastAbsences(set);
    const present = presences(set);
    for (const [id, element] of set.elements) {
      count.elements++;
      const seen = present.get(id);
      const known = knownOf(element, seen?.first);
      const gone = absent.get(id);
      const late = known !== undefined && gone !== undefined && gone.call.call > known.rank;
      if (!late) {
        if (seen === undefined) count.neverRead++;
        else count.stable++;
        if (seen !== undefined) latencies.push(0);
        continue;
      }
      const lost = seen === undefined || seen.last.call.call < gone.call.call;
      if (lost) count.lost++;
      else {
        count.stale++;
        latencies.push(Math.max(0, gone.call.invoke.time - (known.by.end?.time ?? 0)) / 1e6);
      }
      if (lost || linearizable)
        anomalies.push(missed(set, element, known.by, gone.call, lost ? 'lost' : 'stale'));
    }
    for (const read of set.reads) anomalies.push(...strangers(set, read));
  }
  const { stable, stale, lost } = count;
  return {
    observed: stable + stale + lost,
    keys: sets.length,
    anomalies,
    figures: {
      ...count,
      stableMsP50: quantile(latencies, 0.5),
      stableMsP99: quantile(latencies, 0.99),
      stableMsMax: quantile(latencies, 1),
    },
  };
}

/** By element the last read (by its call) that does not show it. Linear in the size of the reads. */
function lastAbsences({ elements, reads }: ReadSet): Map<number | string, SetRead> {
  const absent = new Map<number | string, SetRead>();
  // What every later read shows; each turn leaves only what this one shows too.
  let open: readonly (number | string)[] = [...elements.keys()];
  for (const read of reads.toReversed()) {
    const still: (number | string)[] = [];
    for (const id of open)
      if (read.times.has(id)) still.push(id);
      else absent.set(id, read);
    open = still;
  }
  return absent;
}

interface Presence {
  /** The one that ended first, and the one that began last. */
  first: SetRead;
  last: SetRead;
}

function presences({ reads }: ReadSet): Map<number | string, Presence> {
  const present = new Map<number | string, Presence>();
  for (const read of reads)
    for (const id of read.times.keys()) {
      const seen = present.get(id);
      if (seen === undefined) present.set(id, { first: read, last: read });
      else {
        seen.last = read;
        if (read.call.ret < seen.first.call.ret) seen.first = read;
      }
    }
  return present;
}

function knownOf({ acked }: Element, first: SetRead | undefined): Known | undefined {
  const by = [acked, first?.call].filter((call) => call !== undefined);
  const [one] = by.toSorted((a, b) => a.ret - b.ret);
  return one && { by: one, rank: one.ret };
}

function missed(
  { key }: ReadSet,
  { value }: Element,
  known: Call,
  read: Call,
  type: 'lost' | 'stale',
): Anomaly {
  const how = known.invoke.f === 'read' ? 'had shown it' : 'was acknowledged';
  const then =
    type === 'lost' ? 'and no read that began later shows it' : 'although a later one does';
  return {
    type,
    ...keyed(key),
    why: `${JSON.stringify(value)} was there: ${said(known)} ${how}. ${said(read)}, which began after that, does not show it, ${then}.`,
    operations: [known.invoke.index, read.invoke.index],
    detail: { element: value },
  };
}

function verifyElement(calls: Calls, anomaly: Anomaly): string | undefined {
  if (anomaly.type !== 'lost' && anomaly.type !== 'stale') return verifyStranger(calls, anomaly);
  const [known, read] = named(calls, anomaly) ?? [];
  if (known === undefined || read === undefined) return 'an operation is not in the history';
  if (!isOk(known) || !isOk(read) || known.ret > read.call) return 'the read did not begin later';
  const text = JSON.stringify(anomaly.detail?.['element']);
  const shows = (call: Call): boolean =>
    (listOf(call.end?.value) ?? []).some((e) => JSON.stringify(e) === text);
  const wasThere =
    known.invoke.f === 'read' ? shows(known) : JSON.stringify(known.invoke.value) === text;
  if (!wasThere || known.invoke.key !== read.invoke.key) return 'the element was not there';
  if (shows(read)) return 'the read shows the element';
  const again = calls.all.some(
    (call) =>
      call.invoke.f === 'read' &&
      call.invoke.key === read.invoke.key &&
      isOk(call) &&
      call.call > read.call &&
      shows(call),
  );
  return again === (anomaly.type === 'stale')
    ? undefined
    : 'it is lost, not stale, or the other way round';
}

/** A copy in which the last read (or one with a read after it) lacks an element that was known. */
function plantMissing(calls: Calls, last: boolean): Calls[] {
  const sets = readSets(calls);
  if (typeof sets === 'string') return [];
  for (const set of sets) {
    const read = set.reads.at(last ? -1 : -2);
    const later = set.reads.at(-1);
    const gone = read?.elements.find((e) => {
      const by = set.elements.get(idOf(e))?.acked;
      if (by === undefined || by.ret > read.call.call) return false;
      return last || later?.times.has(idOf(e)) === true;
    });
    if (read === undefined || gone === undefined) continue;
    return [
      answering(calls, read.call, { value: read.elements.filter((e) => idOf(e) !== idOf(gone)) }),
    ];
  }
  return [];
}
