import { expect, test } from 'vitest';
import { limitsOf, refuseSettings } from './docker-settings.ts';

test('limits as docker takes them', () => {
  expect(limitsOf({ cpus: '0.5', memory: '256m' })).toEqual({ cpus: 0.5, memory: '256m' });
  expect(limitsOf({})).toEqual({});
  for (const cpus of ['0', '-1', 'two', 'Infinity', ''])
    expect(() => limitsOf({ cpus }), cpus).toThrow(/no number of cores/);
  for (const memory of ['much', '1.5g', '-1', ''])
    expect(() => limitsOf({ memory }), memory).toThrow(/no amount of memory/);
});

test('settings of containers are refused where there are none', () => {
  expect(() => refuseSettings({ cpus: '1' }, 'netns')).toThrow('--cpus is about containers');
  expect(() => refuseSettings({ dockerHost: 'x' }, 'auto')).toThrow('--docker-host');
  refuseSettings({ dockerHost: undefined, cpus: undefined, memory: undefined }, 'process');
});
