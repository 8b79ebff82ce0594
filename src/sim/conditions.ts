/**
 * The ground that a simulated run stands on, before any fault: how long messages, fsyncs and starts of
 * processes take, and how the clocks stand. A part of the plan, drawn from its seed.
 */
import type { Random } from '../base/random.ts';
import type { Ratio } from './network.ts';
import type { ClockLaw } from './world-config.ts';

/** From the first number on, evenly over as much more as the second says. */
export type Span = readonly [from: number, over: number];

export interface SimConditions {
  /** One way between two nodes, µs; a part of the messages takes up to so many times longer. */
  readonly link: { readonly us: Span; readonly slow: Ratio; readonly slowFactor: number };
  /** One way between a client and its node, µs. */
  readonly clientUs: Span;
  readonly fsyncUs: Span;
  /** From the start of a process until its machine boots, ms. */
  readonly startMs: Span;
  /** Of the nodes of the start; those that come later keep true time. */
  readonly clocks: readonly ClockLaw[];
}

/** What a clock may gain or lose in a second of its own; faults of clocks stay this far from the bound. */
const MOST_PPM = 90;

/** From a quick local network to a slow and uneven one; disks likewise. */
export function drawConditions(random: Random, nodes: number): SimConditions {
  const of = (label: string): Random => random.split(label);
  const link = of('link');
  const client = of('client');
  const fsync = of('fsync');
  const start = of('start');
  const clocks = of('clocks');
  return {
    link: {
      us: [link.pick([20, 50, 200, 800, 4000]), link.pick([50, 300, 2000, 15_000])],
      slow: [link.pick([0, 1, 5]), 100],
      slowFactor: link.pick([5, 30]),
    },
    clientUs: [client.pick([20, 100, 500]), client.pick([20, 200])],
    fsyncUs: [fsync.pick([100, 1000, 5000]), fsync.pick([100, 2000, 10_000])],
    startMs: [start.pick([20, 100]), start.pick([50, 200])],
    clocks: Array.from({ length: nodes }, () => ({
      offsetUs: clocks.below(1_000_000_000),
      ppm: clocks.between(-MOST_PPM, MOST_PPM),
    })),
  };
}

/** A number of the span. */
export function drawSpan(random: Random, [from, over]: Span): number {
  return over === 0 ? from : from + random.below(over);
}
