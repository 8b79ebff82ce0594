/**
 * Zipf-distributed ranks by rejection-inversion (Hörmann and Derflinger 1996): no table, constant
 * time per draw, exact for any exponent above 0.
 */
import type { Random } from '../base/random.ts';

/** Draws ranks 0 … n − 1; rank r has weight 1 / (r + 1)^exponent. `exponent` above 0. */
export function zipf(n: number, exponent: number): (random: Random) => number {
  const q = 1 - exponent;
  // H is an integral of x^-exponent; the limit for exponent 1 is the logarithm.
  const area = (x: number): number => (Math.abs(q) < 1e-9 ? Math.log(x) : (x ** q - 1) / q);
  const inverse = (y: number): number =>
    Math.abs(q) < 1e-9 ? Math.exp(y) : (1 + y * q) ** (1 / q);
  const weight = (x: number): number => x ** -exponent;
  const left = area(1.5) - 1;
  const right = area(n + 0.5);
  const squeeze = 2 - inverse(area(2.5) - weight(2));
  return (random) => {
    for (;;) {
      const u = right + (random.next() / 0x1_0000_0000) * (left - right);
      const x = inverse(u);
      const k = Math.min(n, Math.max(1, Math.round(x)));
      if (k - x <= squeeze || u >= area(k + 0.5) - weight(k)) return k - 1;
    }
  };
}
