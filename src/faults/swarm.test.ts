import { expect, test } from 'vitest';
import { random } from '../base/random.ts';
import { FAULT_KINDS, type Fault } from './fault.ts';
import { type Able, makeSchedule } from './fault-schedule.ts';
import { nemesisText, parseNemesis } from './nemesis.ts';
import { withStrength } from './swarm.ts';

const able = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, true])) as Able;
const NODES = ['n1', 'n2', 'n3', 'n4', 'n5'];
const OPTIONS = { durationNs: 60e9, intervalNs: undefined };

const faultsOf = (seed: number, nemesis = 'swarm', nodes = NODES, can = able): readonly Fault[] =>
  makeSchedule(random(seed), parseNemesis([nemesis]), nodes, can, OPTIONS).faults;
const kindsOf = (faults: readonly Fault[]): string[] => [
  ...new Set(faults.map(({ kind }) => kind)),
];

test('each seed has kinds of its own, never none; all of them come in time', () => {
  const drawn = Array.from({ length: 60 }, (_, seed) => kindsOf(faultsOf(seed)).sort());
  for (const kinds of drawn) expect(kinds.length).toBeGreaterThan(0);
  expect(new Set(drawn.map(String)).size).toBeGreaterThan(30);
  expect(new Set(drawn.flat())).toEqual(new Set(FAULT_KINDS));
  expect(drawn.some((kinds) => kinds.length < 4)).toBe(true);
  expect(drawn.some((kinds) => kinds.length > 6)).toBe(true);
});

test('a seed always draws the same', () => {
  expect(faultsOf(3)).toEqual(faultsOf(3));
});

test('what is named beside it takes part in every seed', () => {
  for (let seed = 0; seed < 30; seed++)
    expect(kindsOf(faultsOf(seed, 'swarm,pause'))).toContain('pause');
  expect(nemesisText(parseNemesis(['swarm,pause:one']))).toBe('pause:one,swarm');
  expect(parseNemesis([nemesisText(parseNemesis(['swarm']))])).toEqual(parseNemesis(['swarm']));
});

test('what cannot be done here is skipped, not drawn', () => {
  const unable = { ...able, loss: 'no packets' };
  for (let seed = 0; seed < 30; seed++) {
    expect(kindsOf(faultsOf(seed, 'swarm', NODES, unable))).not.toContain('loss');
  }
});

test('strength is a share of messages, between 1 and 90 %', () => {
  const fault: Fault = {
    id: 1,
    kind: 'loss',
    shape: 'steady',
    atNs: 0,
    forNs: 1,
    nodes: [],
    links: [],
    params: { percent: 70, seed: 5 },
  };
  expect(withStrength(fault, 1.5).params).toEqual({ percent: 90, seed: 5 });
  expect(withStrength(fault, 0.4).params).toEqual({ percent: 28, seed: 5 });
  expect(withStrength(fault)).toBe(fault);
});
