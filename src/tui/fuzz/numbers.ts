/** Figures as people read them: thousands separated, three significant digits, always a unit. */

/** `2,000`. */
export function count(n: number): string {
  return n.toLocaleString('en-US');
}

/** `1 fault`, `3 faults`. */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** A duration: `0.21 ms`, `14 ms`, `1.2 s`, `3 min 20 s`. */
export function duration(ms: number): string {
  if (ms < 1) return `${trim(ms, 2)} ms`;
  if (ms < 10) return `${trim(ms, 1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 100_000) return `${trim(ms / 1000, ms < 10_000 ? 2 : 1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

function trim(x: number, digits: number): string {
  return String(Number(x.toFixed(digits)));
}
