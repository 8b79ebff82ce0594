/** Does the evidence of an anomaly without a cycle of transactions hold? The last transaction must show it. */
import type { Value } from '../../base/operation.ts';
import type { Anomaly } from '../verdict.ts';
import {
  type Book,
  type Micro,
  type Name,
  type Recorded,
  begins,
  elements,
  placeOf,
  reads,
  text,
  writes,
  wrote,
} from './book.ts';
import type { VersionStep } from './version-order.ts';

/** What is wrong, or undefined. */
export function verifyFinding(
  book: Book,
  { type, key = '', operations, detail }: Anomaly,
  assumed: readonly string[],
): string | undefined {
  const [first, last] = [operations[0], operations.at(-1)].map((event) => book.at(event ?? -1));
  if (first === undefined || last === undefined) return 'it names no transaction';
  const value = (detail?.['value'] ?? null) as Value;
  const lists = book.kind === 'list-append';
  const seen = reads(last, key).map((read) => (lists ? elements(read) : [read]));
  const saw = seen.some((each) => placeOf(each, value) >= 0);
  const right: Record<string, () => boolean> = {
    internal: () => last.end === 'ok' && contradictsItself(last, key, book.kind),
    G1a: () => saw && first.end === 'fail' && wrote(first, key, value),
    G1b: () =>
      first !== last &&
      seen.some((each) => text(each.at(-1)) === text(value)) &&
      wrote(first, key, value) &&
      text(writes(first, key).at(-1)) !== text(value),
    'dirty-update': () =>
      first.end === 'fail' && last.end === 'ok' && onTopOf(book, key, first, value, last),
    'lost-update': () => first !== last && sameUpdate(first, last, key),
    'duplicate-elements': () =>
      seen.some((each) => placeOf(each.slice(placeOf(each, value) + 1), value) >= 0),
    'incompatible-order': () =>
      book
        .longest(key)
        .some(
          (list) =>
            ownOutOfOrder(writes(last, key), list) ||
            reads(last, key).some((read) => !begins(elements(read), list)),
        ),
    'garbage-read': () => saw && !book.touching(key).some((txn) => wrote(txn, key, value)),
    'future-read': () => seesFuture(last.micros, { key, value, lists }),
    'cyclic-versions': () =>
      isVersionCycle(book, key, detail?.['versions'] as readonly VersionStep[], assumed),
  };
  return right[type]?.() === true ? undefined : 'the history does not show it';
}

/** Does an element of the failed one stand before the value in the list? */
function onTopOf(book: Book, key: Name, failed: Recorded, value: Value, writer: Recorded): boolean {
  return (
    wrote(writer, key, value) &&
    book
      .longest(key)
      .some((list) =>
        list.slice(0, Math.max(0, placeOf(list, value))).some((each) => wrote(failed, key, each)),
      )
  );
}

/** Both committed, both read one version of the key before they wrote it. */
function sameUpdate(a: Recorded, b: Recorded, key: Name): boolean {
  const [first, last] = [a, b].map((txn) => {
    const own = txn.micros.filter((each) => each.key === key);
    const updates = txn.end === 'ok' && own[0]?.read === true && own.some(({ read }) => !read);
    return updates ? text(own[0]?.value) : undefined;
  });
  return first !== undefined && first === last;
}

/** Do elements of one transaction stand in another order than it appended them, or without an earlier one? */
function ownOutOfOrder(appended: readonly Value[], longest: readonly Value[]): boolean {
  const places = appended.map((value) => placeOf(longest, value));
  return places.some((place, i) => {
    const earlier = places[i - 1];
    return earlier !== undefined && place >= 0 && (earlier < 0 || earlier >= place);
  });
}

/** A read shows what the same transaction writes only later. */
function seesFuture(
  micros: readonly Micro[],
  { key, value, lists }: { key: Name; value: Value; lists: boolean },
): boolean {
  const writing = micros.findIndex(
    (m) => !m.read && m.key === key && text(m.value) === text(value),
  );
  return micros.slice(0, Math.max(0, writing)).some((m) => {
    if (!m.read || m.key !== key) return false;
    return lists ? placeOf(elements(m.value), value) >= 0 : text(m.value) === text(value);
  });
}

/** Plays the micro-operations of one transaction on one key. */
function contradictsItself({ micros }: Recorded, key: Name, kind: Book['kind']): boolean {
  let known: Value | undefined;
  let own: Value[] = [];
  for (const { read, key: at, value } of micros) {
    if (at !== key) continue;
    if (!read && kind === 'rw-register') known = value;
    else if (!read) own.push(value);
    else {
      const list = elements(value);
      const wrong =
        kind === 'rw-register'
          ? known !== undefined && text(known) !== text(value)
          : known === undefined
            ? text(list.slice(Math.max(0, list.length - own.length))) !== text(own)
            : text([...elements(known), ...own]) !== text(list);
      if (wrong) return true;
      known = value;
      own = [];
    }
  }
  return false;
}

/** Each version before the next by an assumption that was made, and the last before the first. */
function isVersionCycle(
  book: Book,
  key: Name,
  steps: readonly VersionStep[] | undefined,
  assumed: readonly string[],
): boolean {
  if (steps === undefined || steps.length < 2) return false;
  return steps.every(
    ({ from, to }, i) =>
      text(to) === text(steps[(i + 1) % steps.length]?.from) &&
      text(from) !== text(to) &&
      (from === null || assumedBefore(book, assumed, { key, u: from, v: to })),
  );
}

/** Under an assumption on the key alone: who saw or wrote u comes before who did so with v. */
export function assumedBefore(
  book: Book,
  assumed: readonly string[],
  { key, u, v }: { key: Name; u: Value | undefined; v: Value | undefined },
): boolean {
  const all = book.touching(key).filter(({ end }) => end !== 'fail');
  const [before, after] = [u, v].map((value) =>
    all.filter((txn) => touches(txn, key).some((each) => text(each) === text(value))),
  ) as [Recorded[], Recorded[]];
  if (assumed.includes('wfr-keys') && all.some((txn) => readThenWrote(txn, key, u, v))) return true;
  const inTime = (a: Recorded, b: Recorded): boolean => a.end === 'ok' && a.completed < b.invoked;
  if (assumed.includes('linearizable-keys'))
    return before.some((a) => after.some((b) => inTime(a, b)));
  return (
    assumed.includes('sequential-keys') &&
    before.some((a) => after.some((b) => a.lane === b.lane && inTime(a, b)))
  );
}

/** What it saw of others, and what it left. */
function touches(txn: Recorded, key: Name): Value[] {
  const own = txn.micros.filter((each) => each.key === key);
  const left = writes(txn, key).at(-1);
  return [...(own[0]?.read === true ? [own[0].value] : []), ...(left === undefined ? [] : [left])];
}

function readThenWrote(
  txn: Recorded,
  key: Name,
  u: Value | undefined,
  v: Value | undefined,
): boolean {
  const [saw, left, ...more] = touches(txn, key);
  const own = txn.micros.find((each) => each.key === key);
  return (
    own?.read === true &&
    more.length === 0 &&
    left !== undefined &&
    text(saw) === text(u) &&
    text(left) === text(v)
  );
}
