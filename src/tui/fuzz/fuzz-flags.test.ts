import { expect, test } from 'vitest';
import { UserError } from '../../base/user-error.ts';
import { type FuzzFlags, requestOf, sessionOptionsOf } from './fuzz-flags.ts';

const NONE: FuzzFlags = { runs: 1, store: 'histories' };
const wrong = (flags: Partial<FuzzFlags>) => () => requestOf({ ...NONE, ...flags });

test('flags that were not given leave their place in the request open', () => {
  const given = Object.entries(requestOf(NONE)).filter(([, value]) => value !== undefined);
  expect(given).toEqual([]);
});

test('each flag finds its place, lists are split at commas', () => {
  const request = requestOf({
    ...NONE,
    nodes: '5',
    bug: ['M1,M2', 'write-plus-one'],
    'nemesis-interval': '0.5',
    'time-scale': '2',
    'ops-per-key': 60,
    'value-size': 32,
    'key-dist': 'zipf:0.99',
    'time-limit': 20,
  });
  expect(request).toMatchObject({
    nodes: 5,
    bugs: ['M1', 'M2', 'write-plus-one'],
    nemesisIntervalS: 0.5,
    timeScale: 2,
    opsPerKey: 60,
    valueBytes: 32,
    keyDistribution: 'zipf:0.99',
    timeLimitS: 20,
  });
});

test('nodes are a number or names, said once', () => {
  expect(requestOf({ ...NONE, nodes: 'n1,n3' }).nodes).toEqual(['n1', 'n3']);
  expect(requestOf({ ...NONE, node: ['n1', 'n2,n3'] }).nodes).toEqual(['n1', 'n2', 'n3']);
  expect(requestOf({ ...NONE, node: [] }).nodes).toBeUndefined();
  expect(wrong({ nodes: '3', node: ['n1'] })).toThrow('--nodes and -n both say');
});

test('what is no number is refused by name', () => {
  for (const text of ['soon', '', ' ', 'NaN', 'Infinity'])
    expect(wrong({ 'nemesis-interval': text })).toThrow(UserError);
  expect(wrong({ 'time-scale': 'fast' })).toThrow('--time-scale fast is no number.');
});

test('a running cluster has settled how it is made', () => {
  for (const flag of ['nodes', 'runtime', 'time-scale', 'protocol'] as const)
    expect(wrong({ cluster: 'default', [flag]: '3' })).toThrow(`--${flag} says how a cluster is`);
  expect(wrong({ cluster: 'default', bug: ['M1'] })).toThrow('--bug says');
  expect(requestOf({ ...NONE, cluster: 'default', keys: 3 })).toMatchObject({
    cluster: 'default',
    keys: 3,
  });
});

test('what the session is told: what to keep, how to check', () => {
  expect(sessionOptionsOf(NONE)).toMatchObject({ keep: 'never', allowMissingFaults: false });
  expect(sessionOptionsOf({ ...NONE, keep: true, 'keep-on-failure': true }).keep).toBe('always');
  expect(sessionOptionsOf({ ...NONE, 'keep-on-failure': true }).keep).toBe('on-failure');
  expect(
    sessionOptionsOf({ ...NONE, 'allow-missing-faults': true, 'check-time-limit': 5 }),
  ).toMatchObject({ allowMissingFaults: true, check: { timeLimitS: 5 } });
});
