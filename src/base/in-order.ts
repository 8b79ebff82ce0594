/** Several pieces of work at a time, their results in the order of what was asked. */

/** Results that may wait in each lane for those before them. */
const AHEAD = 8;

/**
 * Does `work` for every item, at most `lanes` (1 or more) at a time, and yields the results in the order of
 * the items. A lane is used by one item at a time, and takes the next one as soon as it is free, unless too
 * many results wait to be taken. Rejects with what `work` rejected with for the first item that it did for;
 * nothing is begun after that, nor once nobody takes results any more.
 */
export async function* inOrder<T, R>(
  items: readonly T[],
  lanes: number,
  work: (item: T, lane: number) => Promise<R>,
): AsyncGenerator<R, void> {
  const results: Promise<R>[] = [];
  const free = Array.from({ length: lanes }, (_, i) => lanes - 1 - i);
  let taken = 0;
  let over = false;
  const begin = (): void => {
    while (!over && results.length < Math.min(items.length, taken + AHEAD * lanes)) {
      const lane = free.pop();
      if (lane === undefined) return;
      const result = work(items[results.length] as T, lane);
      results.push(result);
      const ended = (failed: boolean): void => {
        free.push(lane);
        over ||= failed;
        begin();
      };
      result.then(
        () => ended(false),
        () => ended(true),
      );
    }
  };
  try {
    begin();
    while (taken < results.length) {
      // eslint-disable-next-line no-await-in-loop
      const result = await (results[taken] as Promise<R>);
      taken++;
      begin();
      yield result;
    }
  } finally {
    over = true;
  }
}
