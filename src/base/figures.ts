/** Figures as people read them: thousands separated, three significant digits, always a unit. */

/** `2,000`. Whole numbers without `Intl`, which takes longer to set up than a small history to check. */
export function count(n: number): string {
  if (!Number.isSafeInteger(n)) return n.toLocaleString('en-US');
  return String(n).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** `1 key`, `2,000 keys`. */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

const MINUTES_FROM_MS = 119_950;

/** Three significant digits and a unit: `0.21 ms`, `14 ms`, `1.2 s`, `48.3 s`, `3 min 20 s`. */
export function duration(ms: number): string {
  if (ms >= MINUTES_FROM_MS) {
    const seconds = Math.round(ms / 1000);
    return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  }
  if (ms >= 9995) return `${Math.round(ms / 100) / 10} s`;
  if (ms >= 999.5) return `${(ms / 1000).toPrecision(3)} s`;
  return ms >= 99.95 ? `${Math.round(ms)} ms` : `${Number(ms.toPrecision(3))} ms`;
}

/** With a capital letter, as a sentence begins. */
export function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
