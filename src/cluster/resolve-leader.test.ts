import { expect, test } from 'vitest';
import type { Fault } from '../faults/fault.ts';
import type { NodeInfo } from '../system/system.ts';
import { resolveLeader } from './resolve-leader.ts';
import { mostNamed } from '../faults/standing.ts';

const infos = ['n1', 'n2', 'n3'].map((name) => ({ name }) as NodeInfo);
const fault: Fault = {
  ...{ id: 1, kind: 'partition', shape: 'leader', atNs: 0, forNs: 0 },
  ...{ nodes: 'leader', links: [], params: {} },
};

test('the leader is put in when the fault is applied, with all its links', async () => {
  const leader = async (): Promise<string> => 'n2';
  const resolved = await resolveLeader(fault, { leader }, infos);
  expect(resolved.nodes).toEqual(['n2']);
  expect(resolved.links.map((link) => link.join('>')).toSorted()).toEqual([
    ...['n1>n2', 'n2>n1', 'n2>n3', 'n3>n2'],
  ]);
  const kill = { ...fault, kind: 'kill' } as const;
  expect(await resolveLeader(kill, { leader }, infos)).toMatchObject({ nodes: ['n2'], links: [] });
});

test('other faults stay as they are; without a leader it is said', async () => {
  const other = { ...fault, nodes: ['n3'] };
  expect(await resolveLeader(other, {}, infos)).toBe(other);
  await expect(resolveLeader(fault, {}, infos)).rejects.toThrow('no node says');
  const nobody = async (): Promise<undefined> => undefined;
  await expect(resolveLeader(fault, { leader: nobody }, infos)).rejects.toThrow('no node says');
});

test('the leader is whom most name, of several the lowest', () => {
  expect(mostNamed([undefined, null])).toBeUndefined();
  expect(mostNamed([2, 1, 2, null])).toBe(2);
  expect(mostNamed([2, 1])).toBe(1);
});
