/**
 * How the extra delay of a link or message is spread. One definition for packets and for frames: the
 * kernel's netem draws the first from tables that are made by the same formulas.
 */
import type { Random } from '../base/random.ts';

/** In the order of their numbers in `Fault.params.distribution`; 0, `uniform`, is the default. */
export const DISTRIBUTIONS = ['uniform', 'normal', 'pareto'] as const;
export type Distribution = (typeof DISTRIBUTIONS)[number];

/** The distribution that a fault's parameter names; what names none is `uniform`. */
export function distributionOf(param: number | undefined): Distribution {
  return DISTRIBUTIONS[param ?? 0] ?? 'uniform';
}

/**
 * A delay in ms, never below 0. `uniform`: `delayMs` plus up to `jitterMs`, in whole ms. `normal`: mean
 * `delayMs`, standard deviation `jitterMs`. `pareto`: mean `delayMs`, most of them a little shorter and
 * few much longer, by 4·`jitterMs` at most (exponent 3, as in iproute2's pareto.dist).
 */
export function drawDelayMs(
  random: Random,
  delayMs: number,
  jitterMs: number,
  distribution: Distribution = 'uniform',
): number {
  if (distribution === 'uniform') return delayMs + random.below(jitterMs + 1);
  const deviation = distribution === 'normal' ? normal(random) : pareto(random);
  return Math.max(0, delayMs + jitterMs * deviation);
}

/** Above 0, at most 1. */
function unit(random: Random): number {
  return (random.next() + 1) / 2 ** 32;
}

/** Mean 0, standard deviation 1 (Box and Muller), cut at four of them as netem's table is. */
function normal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(unit(random)));
  const drawn = radius * Math.cos(2 * Math.PI * unit(random));
  return Math.max(-4, Math.min(4, drawn));
}

/** Mean 0, from −2/3 on. */
function pareto(random: Random): number {
  return Math.min(4, (unit(random) ** (-1 / 3) - 1.5) * (4 / 3));
}
