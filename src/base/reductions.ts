/**
 * Delta debugging (Zeller and Hildebrandt's ddmin, without complements): what can be left out of a
 * failing list so that it still fails? The walk decides what to try next and nothing else; whoever
 * drives it runs the candidates, in this thread or elsewhere, once or often.
 */

/**
 * Yields stretches of the units to be left out: first halves, at last single ones, from the end to the
 * beginning, until no single one can go. The answer to each is whether it is gone now: `units` is asked
 * again after every yes.
 */
export function* reductions<T>(
  units: () => readonly T[],
): Generator<readonly T[], undefined, boolean> {
  let size = Math.ceil(units().length / 2);
  while (size >= 1) {
    let shorter = false;
    let left = units();
    for (let end = left.length; end > 0; end -= size) {
      end = Math.min(end, left.length);
      const out = left.slice(Math.max(0, end - size), end);
      if (out.length === 0) break;
      if (!(yield out)) continue;
      shorter = true;
      left = units();
    }
    if (size === 1 && !shorter) return undefined;
    size = size === 1 ? 1 : Math.ceil(size / 2);
  }
  return undefined;
}
