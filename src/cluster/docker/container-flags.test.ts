import { expect, test } from 'vitest';
import { createFlags } from './container-flags.ts';

const SPEC = {
  name: 'hermes-a-n1',
  network: 'hermes-a',
  address: '10.219.20.1',
  image: 'hermes:x',
  labels: { 'hermes.cluster': 'a', 'hermes.node': 'n1' },
};

test('a container may change its own network, and nothing else', () => {
  const line = createFlags(SPEC).join(' ');
  expect(line).toContain('--cap-drop ALL --cap-add NET_ADMIN --security-opt no-new-privileges');
  expect(line.match(/--cap-add/g)).toHaveLength(1);
  expect(line).toContain('--read-only');
  expect(line).not.toMatch(/privileged|--volume|--pid |--network host|docker\.sock/);
  expect(line.endsWith(' hermes:x')).toBe(true);
});

test('limits, ports and data are flags only where they were asked for', () => {
  expect(createFlags(SPEC).join(' ')).not.toMatch(/--cpus|--memory|--publish|--mount/);
  const full = createFlags({
    ...SPEC,
    publish: '127.0.0.1:7101:7101',
    volume: 'hermes-a-n1',
    cpus: 0.5,
    memory: '256m',
  });
  expect(full).toContain('127.0.0.1:7101:7101');
  // Memory is not to be had by swapping.
  expect(full.join(' ')).toContain('--cpus 0.5 --memory 256m --memory-swap 256m');
  expect(full.join(' ')).toContain('src=hermes-a-n1,dst=/data,"volume-label=hermes.cluster=a"');
});
