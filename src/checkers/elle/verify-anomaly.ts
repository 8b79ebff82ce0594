/**
 * Does the evidence of an anomaly hold against the history as it was recorded? A second, small piece of
 * code, which knows nothing of graphs: each edge of a cycle is looked up in what its two transactions did,
 * and the kinds of the edges must fit the name. Anomalies without a cycle: `verify-finding.ts`.
 */
import type { Value } from '../../base/operation.ts';
import type { Txns } from '../../history/packed/txns.ts';
import type { Anomaly } from '../verdict.ts';
import {
  Book,
  type Name,
  type Recorded,
  begins,
  elements,
  placeOf,
  reads,
  text,
  wrote,
} from './book.ts';
import type { ShownStep } from './steps.ts';
import { NO_SERIAL_ORDER } from './no-serial-order.ts';
import { assumedBefore, verifyFinding } from './verify-finding.ts';
import { verifyNoSerialOrder } from './verify-no-serial-order.ts';

/** What is wrong with the evidence of one of them, or undefined. */
export function verifyAnomalies(
  txns: Txns,
  anomalies: readonly Anomaly[],
  assumed: readonly string[] = [],
): string | undefined {
  const keys = anomalies.flatMap((anomaly) => [
    ...(anomaly.key === undefined ? [] : [anomaly.key]),
    ...stepsOf(anomaly).flatMap(({ key }) => key ?? []),
  ]);
  const book = new Book(txns, keys);
  for (const anomaly of anomalies) {
    const wrong =
      anomaly.detail?.['cycle'] === undefined
        ? anomaly.type === NO_SERIAL_ORDER
          ? verifyNoSerialOrder(book, anomaly)
          : verifyFinding(book, anomaly, assumed)
        : verifyCycle(book, anomaly, assumed);
    if (wrong !== undefined) return `${anomaly.type}: ${wrong}`;
  }
  return undefined;
}

function stepsOf({ detail }: Anomaly): readonly ShownStep[] {
  return (detail?.['cycle'] ?? []) as readonly ShownStep[];
}

function verifyCycle(book: Book, anomaly: Anomaly, assumed: readonly string[]): string | undefined {
  const steps = stepsOf(anomaly);
  const open = steps.findIndex((step, i) => step.to !== steps[(i + 1) % steps.length]?.from);
  if (steps.length < 2 || open >= 0) return 'it is no cycle';
  const wrong = misnamed(anomaly.type, steps);
  if (wrong !== undefined) return wrong;
  const broken = steps.find((step) => !holds(book, step, assumed));
  return (
    broken && `the ${broken.kind} from event ${broken.from} to ${broken.to} is not in the history`
  );
}

/** Do the kinds of the edges fit the name of the cycle? */
function misnamed(type: string, steps: readonly ShownStep[]): string | undefined {
  const count = (kind: string): number => steps.filter((step) => step.kind === kind).length;
  const [, name, extension] = /^(.*?)(-process|-realtime)?$/.exec(type) ?? [];
  const rw = steps.map(({ kind }) => kind === 'rw');
  const fits: Record<string, boolean> = {
    G0: count('rw') === 0 && count('wr') === 0 && count('ww') > 0,
    G1c: count('rw') === 0 && count('wr') > 0,
    'G-single-item': count('rw') === 1,
    'G-nonadjacent-item': count('rw') > 1 && !rw.some((is, i) => is && rw[(i + 1) % rw.length]),
    'G2-item': count('rw') > 1,
  };
  if (fits[name ?? ''] !== true) return `its edges are not those of ${type}`;
  if (extension === undefined && count('process') + count('realtime') > 0)
    return 'it needs processes or real time, and its name does not say so';
  if (extension === '-process' && count('realtime') > 0)
    return 'it needs real time, and its name does not say so';
  return undefined;
}

function holds(book: Book, step: ShownStep, assumed: readonly string[]): boolean {
  const [a, b] = [book.at(step.from), book.at(step.to)];
  if (a === undefined || b === undefined || a === b) return false;
  if (a.end === 'fail' || b.end === 'fail') return false;
  const { kind, key = '', value, next } = step;
  switch (kind) {
    case 'process':
      return a.end === 'ok' && a.lane === b.lane && a.completed < b.invoked;
    case 'realtime':
      return a.end === 'ok' && a.completed < b.invoked;
    case 'wr':
      return (
        wrote(a, key, value) && reads(b, key).some((read) => showsLast(book, b, read, key, value))
      );
    case 'ww':
      return (
        wrote(a, key, value) &&
        wrote(b, key, next) &&
        (book.kind === 'list-append'
          ? comesAfter(book, key, value, next, b)
          : assumedBefore(book, assumed, { key, u: value, v: next }))
      );
    case 'rw':
      return (
        wrote(b, key, next) &&
        reads(a, key).some((read) => overwritten(book, read, b, step, assumed))
      );
  }
}

/** Is it what the read saw; of a list: the last element that is not the reader's own? */
function showsLast(
  { kind }: Book,
  reader: Recorded,
  read: Value,
  key: Name,
  value: Value | undefined,
): boolean {
  if (kind === 'rw-register') return text(read) === text(value);
  const others = elements(read).filter((each) => !wrote(reader, key, each));
  return others.length > 0 && text(others.at(-1)) === text(value);
}

/** Does what `b` wrote come after the version that was read? */
function overwritten(
  book: Book,
  read: Value,
  b: Recorded,
  { key = '', value, next }: ShownStep,
  assumed: readonly string[],
): boolean {
  if (book.kind === 'rw-register')
    return (
      text(read) === text(value) &&
      (read === null || assumedBefore(book, assumed, { key, u: value, v: next }))
    );
  const list = elements(read);
  if (text(list.at(-1)) !== text(value) || placeOf(list, next) >= 0) return false;
  return list.length > 0
    ? comesAfter(book, key, value, next, b)
    : book.longest(key).some((longest) => placeOf(longest, next) >= 0) ||
        isLate(book, key, next, b);
}

/** In the longest list that was read, or since no read shows it, though it happened. */
function comesAfter(
  book: Book,
  key: Name,
  value: Value | undefined,
  next: Value | undefined,
  writer: Recorded,
): boolean {
  return book.longest(key).some((list) => {
    const [at, after] = [placeOf(list, value), placeOf(list, next)];
    return at >= 0 && (after > at || (after < 0 && isLate(book, key, next, writer)));
  });
}

/** Did its writer happen, and does no read show it, though no two reads contradict each other? */
function isLate(book: Book, key: Name, value: Value | undefined, writer: Recorded): boolean {
  const [longest, ...more] = book.longest(key);
  if (longest === undefined || more.length > 0) return false;
  if (book.lists(key).some((list) => placeOf(list, value) >= 0 || !begins(list, longest)))
    return false;
  const isSeen = (by: Name, element: Value): boolean =>
    book.lists(by).some((list) => placeOf(list, element) >= 0);
  return writer.end === 'ok' || writer.micros.some((m) => !m.read && isSeen(m.key, m.value));
}
