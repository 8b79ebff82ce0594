import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { firstView } from '../membership.ts';
import {
  type Grants,
  MAX_DRIFT,
  forgetGrants,
  holdUs,
  newLease,
  newRequest,
  onGrant,
  stopLease,
} from './lease.ts';

describe('L-4: the granter waits longer than the holder counts', () => {
  test('whatever their clocks do within the bound, and wherever the request was delayed', () => {
    const rate = fc.double({ min: 1 - MAX_DRIFT, max: 1 + MAX_DRIFT, noNaN: true });
    fc.assert(
      fc.property(
        rate,
        rate,
        fc.integer({ min: 1, max: 10_000_000 }),
        fc.nat(),
        (h, g, d, delay) => {
          // The request leaves at true time 0 and arrives after `delay`.
          const useEnds = d / h;
          const holdEnds = delay + holdUs(d) / g;
          expect(holdEnds).toBeGreaterThanOrEqual(useEnds);
        },
      ),
    );
  });

  test('without the margin a slow holder outlives a fast granter (N3)', () => {
    const leaseUs = 400_000;
    expect(leaseUs / (1 - MAX_DRIFT)).toBeGreaterThan(leaseUs / (1 + MAX_DRIFT));
    expect(holdUs(leaseUs) - leaseUs).toBe(1604 + 2000);
  });
});

describe('L-3: the holder', () => {
  test('counts from its request, and has what a majority granted', () => {
    const lease = newLease();
    const seq = newRequest(lease, 1000);
    expect(onGrant(lease, 0, seq, 400, 2)).toBe(false);
    expect(lease.untilUs).toBe(0);
    expect(onGrant(lease, 1, seq, 400, 2)).toBe(true);
    expect(lease.untilUs).toBe(1400);
    const next = newRequest(lease, 2000);
    expect(onGrant(lease, 2, next, 400, 2)).toBe(false);
    expect(lease.untilUs).toBe(1400);
    expect(onGrant(lease, 0, next, 400, 2)).toBe(true);
    expect(lease.untilUs).toBe(2400);
  });

  test('an unknown seq counts for nothing; a late one never shortens', () => {
    const lease = newLease();
    const first = newRequest(lease, 1000);
    const second = newRequest(lease, 2000);
    expect(onGrant(lease, 0, 77, 400, 1)).toBe(false);
    expect(onGrant(lease, 0, second, 400, 1)).toBe(true);
    expect(onGrant(lease, 0, first, 400, 1)).toBe(false);
    expect(onGrant(lease, 0, second, 400, 1)).toBe(false);
    expect(lease.ends.get(0)).toBe(2400);
  });

  test('forgets requests that are older than any lease', () => {
    const lease = newLease();
    for (let at = 0; at < 1000; at++) newRequest(lease, at);
    expect(lease.sentAt.size).toBe(64);
    expect(onGrant(lease, 0, 1, 400, 1)).toBe(false);
  });

  test('L-7: once stopped, no grant counts any more', () => {
    const lease = newLease();
    const seq = newRequest(lease, 1000);
    onGrant(lease, 0, seq, 400, 1);
    stopLease(lease);
    expect(lease.untilUs).toBe(0);
    const later = newRequest(lease, 5000);
    expect(onGrant(lease, 0, seq, 400, 1)).toBe(false);
    expect(onGrant(lease, 0, later, 400, 1)).toBe(false);
  });
});

test('after a view change only grants that may be in use are kept, and refs that may be granted', () => {
  const grants: Grants = {
    holds: new Map([
      ['0.1', 10],
      ['1.1', 20],
    ]),
    relinquished: new Set(['0.1', '5.1']),
    coldUntilUs: 0,
  };
  forgetGrants(grants, firstView([0, 1]), 10);
  expect([...grants.holds.keys()]).toEqual(['1.1']);
  expect([...grants.relinquished]).toEqual(['0.1']);
});
