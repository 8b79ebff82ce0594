/**
 * A queue of which only the total is judged (Jepsen's `total-queue`): what goes in comes out, once, in
 * any order.
 *
 * An acknowledged element is lost if a dequeue (or `drain`) that began after its enqueue found the queue
 * empty at the end, and nobody got it. A dequeue without a known outcome may have taken one element:
 * only what is missing beyond those is lost for sure. Of an element that was put in several times nothing is
 * said unless nobody ever got it.
 */
import type { Value } from '../../base/operation.ts';
import type { Call } from '../calls.ts';
import type { Anomaly } from '../verdict.ts';
import {
  type Property,
  answering,
  byKey,
  idOf,
  isFailed,
  isOk,
  keyed,
  named,
  said,
} from './property.ts';

export const totalQueue: Property = {
  name: 'total-queue',
  demands: 'every acknowledged element comes out, none that nobody put in, none twice',
  wants:
    'It wants enqueue and dequeue; for losses a dequeue at the end that finds it empty, or a drain.',

  judge({ all }) {
    const anomalies: Anomaly[] = [];
    const count = {
      attempted: 0,
      acknowledged: 0,
      out: 0,
      lost: 0,
      maybeTaken: 0,
      unexpected: 0,
      duplicated: 0,
    };
    const queues = byKey(all);
    let observed = 0;
    for (const [key, calls] of queues) {
      const odd = calls.find(({ invoke: { f } }) => !['enqueue', 'dequeue', 'drain'].includes(f));
      if (odd !== undefined) {
        const unfit = `${said(odd)} is neither enqueue nor dequeue nor drain.`;
        return { observed: 0, keys: 0, anomalies: [], figures: {}, unfit };
      }
      const queue = totals(calls);
      const missing = queue.drained === undefined ? [] : lostIn(queue, queue.drained);
      const sure = missing.length > queue.crashed ? missing : [];
      for (const add of sure)
        anomalies.push(lost(key, add, queue.drained as Call, missing.length, queue.crashed));
      for (const out of queue.out.values()) {
        const stray = out.calls.find((call, i) => call.ret < (out.put[i]?.call ?? Infinity));
        if (stray === undefined) continue;
        anomalies.push(surplus(key, out.value, out.calls, out.put));
        if (out.put.length === 0) count.unexpected++;
        else count.duplicated++;
      }
      const taken = [...queue.out.values()].reduce((n, { calls: by }) => n + by.length, 0);
      observed += taken + (queue.drained === undefined ? 0 : queue.acked.length);
      count.attempted += queue.attempted;
      count.acknowledged += queue.acked.length;
      count.out += taken;
      count.lost += sure.length;
      if (sure.length === 0) count.maybeTaken += missing.length;
    }
    return { observed, keys: queues.size, anomalies, figures: count };
  },

  verify(calls, anomaly) {
    const ops = named(calls, anomaly);
    const last = ops?.at(-1);
    if (ops === undefined || last === undefined) return 'an operation is not in the history';
    const own = calls.all.filter(({ invoke }) => invoke.key === last.invoke.key);
    const text = JSON.stringify(anomaly.detail?.['element']);
    const outs = own.filter((call) => taken(call).some((e) => JSON.stringify(e) === text));
    if (anomaly.type === 'lost') {
      const [add] = ops as [Call];
      if (!isOk(add) || add.invoke.f !== 'enqueue' || !foundEmpty(last) || add.ret > last.call)
        return 'the queue was not found empty later';
      return outs.length === 0 ? undefined : 'somebody got it';
    }
    const put = own.filter(
      (call) =>
        call.invoke.f === 'enqueue' &&
        !isFailed(call) &&
        JSON.stringify(call.invoke.value) === text,
    );
    const times = (upTo: number): number =>
      outs
        .filter(({ ret }) => ret <= upTo)
        .reduce((n, out) => n + taken(out).filter((e) => JSON.stringify(e) === text).length, 0);
    const tooOften = outs.some(
      ({ ret }) => times(ret) > put.filter(({ call }) => call < ret).length,
    );
    return tooOften ? undefined : 'it never came out more often than it had been put in';
  },

  plants(calls) {
    const dequeue = calls.all.find((call) => call.invoke.f === 'dequeue' && taken(call).length > 0);
    const other = calls.all.find(
      (call) =>
        call !== dequeue &&
        call.invoke.f === 'dequeue' &&
        taken(call).length > 0 &&
        call.invoke.key === dequeue?.invoke.key,
    );
    if (dequeue === undefined) return [];
    const phantom = answering(calls, dequeue, { value: 'planted: nobody put this in' });
    const twice = other && answering(calls, other, { value: taken(dequeue)[0] ?? null });
    const sound = twice !== undefined && this.judge(twice).anomalies.length > 0;
    return sound ? [phantom, twice] : [phantom];
  },
};

interface Totals {
  readonly attempted: number;
  readonly acked: readonly Call[];
  /** Everything that came out, with who put it in; calls by return, puts by call. */
  readonly out: ReadonlyMap<number | string, { value: Value; calls: Call[]; put: Call[] }>;
  readonly crashed: number;
  /** The last call that found the queue empty. */
  readonly drained: Call | undefined;
}

function totals(calls: readonly Call[]): Totals {
  const put = new Map<number | string, Call[]>();
  const out = new Map<number | string, { value: Value; calls: Call[]; put: Call[] }>();
  const puts = calls.filter(({ invoke }) => invoke.f === 'enqueue');
  for (const call of puts) {
    if (isFailed(call)) continue;
    const id = idOf(call.invoke.value);
    const same = put.get(id);
    if (same === undefined) put.set(id, [call]);
    else same.push(call);
  }
  for (const call of calls.toSorted((a, b) => a.ret - b.ret))
    for (const value of taken(call)) {
      const id = idOf(value);
      const one = out.get(id);
      if (one === undefined) out.set(id, { value, calls: [call], put: put.get(id) ?? [] });
      else one.calls.push(call);
    }
  return {
    attempted: puts.length,
    acked: puts.filter(isOk),
    out,
    crashed: calls.filter((c) => c.invoke.f !== 'enqueue' && !isOk(c) && !isFailed(c)).length,
    drained: calls.findLast(foundEmpty),
  };
}

/** What a call took out. */
function taken(call: Call): readonly Value[] {
  if (!isOk(call)) return [];
  const value = call.end?.value ?? null;
  if (call.invoke.f === 'dequeue') return value === null ? [] : [value];
  return call.invoke.f === 'drain' && Array.isArray(value) ? (value as readonly Value[]) : [];
}

/** A dequeue answered with nil, or refused because it was empty; a drain that ended. */
function foundEmpty(call: Call): boolean {
  if (call.invoke.f === 'drain') return isOk(call);
  if (call.invoke.f !== 'dequeue') return false;
  return isOk(call)
    ? call.end?.value === null
    : isFailed(call) && /empty/.test(call.end?.error ?? '');
}

/** Acknowledged before the queue was found empty, and nobody got it: as many as were put in too often. */
function lostIn({ acked, out }: Totals, drained: Call): Call[] {
  return acked.filter((add) => add.ret < drained.call && !out.has(idOf(add.invoke.value)));
}

function lost(
  key: number | string | undefined,
  add: Call,
  drained: Call,
  missing: number,
  crashed: number,
): Anomaly {
  const though =
    crashed === 0
      ? ''
      : ` (${missing} are missing; ${crashed} dequeues without a known outcome can have taken one each)`;
  return {
    type: 'lost',
    ...keyed(key),
    why: `${said(add)} was acknowledged; ${said(drained)}, which began later, found the queue empty, and nobody got the element${though}.`,
    operations: [add.invoke.index, drained.invoke.index],
    detail: { element: add.invoke.value },
  };
}

function surplus(
  key: number | string | undefined,
  element: Value,
  outs: readonly Call[],
  put: readonly Call[],
): Anomaly {
  const text = JSON.stringify(element);
  return {
    type: put.length === 0 ? 'unexpected' : 'duplicate',
    ...keyed(key),
    why:
      put.length === 0
        ? `${outs.map(said).join(' and ')} took out ${text}, which nobody put in, or which was refused.`
        : `${text} came out more often than it had been put in by then: ${outs.map(said).join(', ')}; put in by ${put.map(said).join(', ')}.`,
    operations: [...put, ...outs].map(({ invoke }) => invoke.index),
    detail: { element },
  };
}
