import { expect, test } from 'vitest';
import type { NodeStatus } from '../base/operation.ts';
import { NodeChanges } from './node-changes.ts';

const status = (more: Partial<NodeStatus>): NodeStatus =>
  ({ state: 'serving', epoch: 1, members: [], leaseLeftUs: 300_000, ...more }) as NodeStatus;

test('tells what differs from the last look at the same node, and nothing else', () => {
  const changes = new NodeChanges();
  expect(changes.of('n1', status({})).map(({ type }) => type)).toEqual(['state', 'view', 'lease']);
  expect(changes.of('n1', status({ leaseLeftUs: 12 }))).toEqual([]);
  expect(changes.of('n2', undefined)).toEqual([{ type: 'state', node: 'n2', state: 'silent' }]);
  expect(changes.of('n1', status({ state: 'no-lease', leaseLeftUs: 0 }))).toEqual([
    { type: 'state', node: 'n1', state: 'no-lease' },
    { type: 'lease', node: 'n1', held: false },
  ]);
  const members = [{ id: 0, inc: 1 }];
  expect(changes.of('n1', status({ epoch: 4, members, leaseLeftUs: null }))).toEqual([
    { type: 'state', node: 'n1', state: 'serving' },
    { type: 'view', node: 'n1', epoch: 4, members },
    { type: 'lease', node: 'n1', held: true },
  ]);
  expect(changes.of('n1', undefined)).toEqual([{ type: 'state', node: 'n1', state: 'silent' }]);
});
