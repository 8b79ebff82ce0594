/** Several pieces of work at a time, their results in the order of what was asked. */

/**
 * Does `work` for every item, at most `lanes` (1 or more) at a time, and yields the results in the order of
 * the items. A lane is used by one item at a time: number `i` of them is in lane `i % lanes`, and begins once
 * the result of the one before it there was taken, so that no more than `lanes` results wait. Rejects with
 * what `work` rejected with for the first item that it did for; nothing is begun after that.
 */
export async function* inOrder<T, R>(
  items: readonly T[],
  lanes: number,
  work: (item: T, lane: number) => Promise<R>,
): AsyncGenerator<R, void> {
  const begun: Promise<R>[] = [];
  for (let i = 0; i < items.length; i++) {
    while (begun.length < Math.min(items.length, i + lanes)) {
      const result = work(items[begun.length] as T, begun.length % lanes);
      result.catch(() => {}); // it is awaited later
      begun.push(result);
    }
    // eslint-disable-next-line no-await-in-loop
    yield await (begun[i] as Promise<R>);
  }
}
