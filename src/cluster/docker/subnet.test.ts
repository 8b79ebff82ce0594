import { expect, test } from 'vitest';
import { freeSubnets, Subnet } from './subnet.ts';

test('a node, its double in the hub, and what belongs to nobody', () => {
  const subnet = new Subnet('10.219.44');
  expect(subnet.cidr).toBe('10.219.44.0/24');
  expect(subnet.node('n1')).toBe('10.219.44.1');
  expect(subnet.proxy('n64')).toBe('10.219.44.164');
  expect(subnet.addresses('n2')).toEqual(['10.219.44.102', '10.219.44.2']);
  const own = [subnet.gateway, subnet.hub];
  const nodes = Array.from({ length: 64 }, (_, i) => subnet.addresses(`n${i + 1}`)).flat();
  expect(new Set([...own, ...nodes]).size).toBe(2 + 128);
  expect(() => subnet.node('hub')).toThrow(RangeError);
});

test('nothing that overlaps a network of the engine is free', () => {
  expect(freeSubnets([], 0)).toHaveLength(240);
  const cidrs = (taken: string[]): string[] => freeSubnets(taken, 0).map(({ cidr }) => cidr);
  expect(cidrs(['10.219.16.0/24'])[0]).toBe('10.219.17.0/24');
  expect(cidrs(['10.219.17.128/25', '172.17.0.0/16', 'fd00::/8'])).not.toContain('10.219.17.0/24');
  expect(cidrs(['10.219.0.0/17'])[0]).toBe('10.219.128.0/24');
  expect(cidrs(['10.0.0.0/8'])).toEqual([]);
});

test('two that look at once start at different ones', () => {
  expect(freeSubnets([], 1)[0]?.cidr).toBe('10.219.17.0/24');
  expect(freeSubnets([], 239)[1]?.cidr).toBe('10.219.16.0/24');
});
