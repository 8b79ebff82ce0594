/** Lists, options and tables in binary form, on top of `bytes.ts`. */
import type { Reader, Writer } from './bytes.ts';

export function writeList<T>(
  w: Writer,
  items: readonly T[],
  write: (w: Writer, x: T) => void,
): void {
  w.uint(items.length);
  for (const item of items) write(w, item);
}

/** At most `most` items; more than that, or a reader that failed, ends the list. */
export function readList<T>(r: Reader, read: (r: Reader) => T, most = Infinity): T[] {
  const length = r.uint();
  if (length > most) r.failed = true;
  const items: T[] = [];
  while (items.length < length && !r.failed) items.push(read(r));
  return items;
}

export function writeMaybe<T>(
  w: Writer,
  x: T | null | undefined,
  write: (w: Writer, x: T) => void,
): void {
  const there = x !== null && x !== undefined;
  w.bool(there);
  if (there) write(w, x);
}

export function readMaybe<T>(r: Reader, read: (r: Reader) => T): T | undefined {
  return r.bool() ? read(r) : undefined;
}

/** Numbers by number, ascending. */
export function writeTable(w: Writer, entries: Iterable<readonly [number, number]>): void {
  const sorted = [...entries].toSorted(([a], [b]) => a - b);
  writeList(w, sorted, (_, [key, value]) => {
    w.uint(key);
    w.uint(value);
  });
}

export function readTable(r: Reader, most = Infinity): (readonly [number, number])[] {
  return readList(r, () => [r.uint(), r.uint()] as const, most);
}
