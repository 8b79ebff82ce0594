/** Scales of a drawing: where a value lies, and which values are written beside an axis. */

/** Round values from 0 on, `wanted` of them or a few less, that reach `max` or stay below it. */
export function ticks(max: number, wanted: number): number[] {
  if (!(max > 0)) return [0];
  const rough = max / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((digit) => digit * power >= rough) ?? 10) * power;
  return Array.from({ length: Math.floor(max / step + 1e-9) + 1 }, (_, i) => i * step);
}

/** The least round value that is not below `max`: top of an axis. */
export function roundUp(max: number): number {
  if (!(max > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(max));
  return ([1, 1.5, 2, 3, 4, 5, 6, 8].find((digit) => digit * power >= max) ?? 10) * power;
}

/** The greatest of 1, 2 and 5 times a power of ten that is not above `max`, which is above 0. */
export function roundDown(max: number): number {
  const power = 10 ** Math.floor(Math.log10(max));
  return ([5, 2].find((digit) => digit * power <= max) ?? 1) * power;
}

/** `1.2 k`, `800`: short enough for an axis. */
export function short(x: number): string {
  if (x >= 1e6) return `${Number((x / 1e6).toPrecision(3))} M`;
  return x >= 10_000 ? `${Number((x / 1e3).toPrecision(3))} k` : String(Number(x.toPrecision(4)));
}
