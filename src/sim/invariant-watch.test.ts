/**
 * What is found by looking at what a step concerned is what looking at everything after every step finds,
 * and at the same step: on sound runs and with every planted bug.
 */
import { describe, expect, test } from 'vitest';
import { MEMBERSHIP_BUGS } from '../protocols/hermes/membership-bugs.ts';
import type { Protocol } from '../protocols/machine.ts';
import { SCRIPTED, SCRIPTED_OPTIONS, swarm } from './hermes.case.ts';
import { drawMembership, RELIABLE, RELIABLE_OPTIONS } from './membership.case.ts';
import type { Scenario } from './scenario.ts';
import { type RunOptions, simulate } from './simulate.ts';

const SEEDS = 12;

/** Seeds that fail with the bug. */
function compare(
  protocol: Protocol,
  options: RunOptions,
  draw: (seed: number) => Scenario,
): number {
  let failed = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const look = (looksAtAll: boolean): unknown => {
      const { failure, world } = simulate(protocol, draw(seed), { ...options, looksAtAll });
      const { kind, name, step } = failure ?? {};
      return { kind, name, step, steps: world.stepId, hash: world.fingerprint.text };
    };
    const found = look(false) as { readonly kind?: string };
    expect(found, `seed ${seed}`).toEqual(look(true));
    if (found.kind === 'invariant') failed++;
  }
  return failed;
}

const SMALL = { nodes: [3], keys: [1, 3], requests: [20, 60] } as const;
const bugs = SCRIPTED.bugs.map(({ name }) => name);

describe('looking at little finds what looking at everything finds', () => {
  test.each([[], ...bugs.map((name) => [name])])('views as steps: %s', (...names) => {
    const planted = names.filter((name) => typeof name === 'string');
    const failed = compare(SCRIPTED, { ...SCRIPTED_OPTIONS, settle: false }, (seed) =>
      swarm(seed, { ...SMALL, views: true, bugs: planted }),
    );
    if (planted.length === 0) expect(failed).toBe(0);
  });

  test.each([[], ...MEMBERSHIP_BUGS.map(({ name }) => [name])])('a membership: %s', (...names) => {
    const planted = names.filter((name) => typeof name === 'string');
    const failed = compare(RELIABLE, { ...RELIABLE_OPTIONS, settle: false }, (seed) =>
      drawMembership(seed, { ...SMALL, bugs: planted }),
    );
    if (planted.length === 0) expect(failed).toBe(0);
  });
});
