/** The second reading of a history that was packed: its operations as objects, all or some. */
import type { HistoryEvent } from './event.ts';
import { changed, readEvents } from './packed/read-packed.ts';
import { readHistory } from './read.ts';

/**
 * The operations with these event numbers (of their invocations), in order, of `all` that there are. A few
 * are picked out of the file; most of them come faster with the others. Throws a `UserError` if the file is
 * another one by now.
 */
export async function readOperations(
  path: string,
  wanted: ReadonlySet<number>,
  all: number,
): Promise<readonly HistoryEvent[]> {
  if (2 * wanted.size < all) return readEvents(path, wanted);
  const { history } = await readHistory(path);
  const open = new Set<number | string>();
  let missing = wanted.size;
  const events = history.events.filter(({ type, process, index }) => {
    if (type !== 'invoke') return open.delete(process);
    if (!wanted.has(index)) return false;
    open.add(process);
    missing--;
    return true;
  });
  if (missing > 0) throw changed(path);
  return events;
}
