import { expect, test } from 'vitest';
import { forgive, heard, heardIds, isAlive, newDetector } from './detector.ts';
import type { Heartbeat } from './messages.ts';

const SUSPECT_US = 500;
const hb: Heartbeat = {
  kind: 'HB',
  seq: 1,
  epoch: 1,
  hears: [],
  join: false,
  caughtUp: false,
  leaving: false,
};

test('alive for the suspicion time after each heartbeat, and not a moment longer', () => {
  const d = newDetector();
  expect(isAlive(d, 1, 0, SUSPECT_US)).toBe(false);
  heard(d, { id: 1, inc: 1 }, hb, 1000, SUSPECT_US);
  expect(isAlive(d, 1, 1499, SUSPECT_US)).toBe(true);
  expect(isAlive(d, 1, 1500, SUSPECT_US)).toBe(false);
});

test('an earlier incarnation is not heard any more', () => {
  const d = newDetector();
  expect(heard(d, { id: 1, inc: 3 }, hb, 1000, SUSPECT_US)).toBe(true);
  expect(heard(d, { id: 1, inc: 2 }, hb, 1100, SUSPECT_US)).toBe(false);
  expect(d.peers.get(1)).toMatchObject({ ref: { inc: 3 }, heardUs: 1000 });
  expect(heard(d, { id: 1, inc: 4 }, hb, 1200, SUSPECT_US)).toBe(true);
  expect(d.highestInc.get(1)).toBe(4);
});

test('a gap or a new incarnation begins steadiness anew', () => {
  const d = newDetector();
  heard(d, { id: 1, inc: 1 }, hb, 1000, SUSPECT_US);
  d.steadySince.set(1, 1000);
  heard(d, { id: 1, inc: 1 }, hb, 1400, SUSPECT_US);
  expect(d.steadySince.get(1)).toBe(1000);
  heard(d, { id: 1, inc: 1 }, hb, 1900, SUSPECT_US);
  expect(d.steadySince.has(1)).toBe(false);
  d.steadySince.set(1, 1900);
  heard(d, { id: 1, inc: 2 }, hb, 1950, SUSPECT_US);
  expect(d.steadySince.has(1)).toBe(false);
});

test('ids that are heard are told ascending', () => {
  const d = newDetector();
  for (const id of [2, 0, 1]) heard(d, { id, inc: 1 }, hb, id * 400, SUSPECT_US);
  expect(heardIds(d, 850, SUSPECT_US)).toEqual([1, 2]);
});

test('the time in which this node did not run is nobody’s silence', () => {
  const d = newDetector();
  heard(d, { id: 1, inc: 1 }, hb, 1000, SUSPECT_US);
  heard(d, { id: 2, inc: 1 }, hb, 3900, SUSPECT_US);
  forgive(d, 2800, 4000);
  expect(d.peers.get(1)?.heardUs).toBe(3800);
  expect(d.peers.get(2)?.heardUs).toBe(4000);
});
