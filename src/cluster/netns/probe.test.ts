/** What a probe says of machines that these tests do not run on: programs in the place of the real ones. */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ABILITIES, measureAbilities, type Measured } from './abilities.ts';
import { layNetwork, removeNetwork } from './lay-network.ts';
import { netnsTrouble, probeNetns } from './probe.ts';

const real = { path: process.env['PATH'], platform: process.platform };
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hermes-probe-'));
  for (const name of ['ip', 'ss', 'tc', 'mount', 'nsenter', 'iptables-restore', 'iptables-save'])
    program(name, 'exit 1');
  process.env['PATH'] = `${folder}:${real.path}`;
});
afterEach(() => {
  process.env['PATH'] = real.path;
  Object.defineProperty(process, 'platform', { value: real.platform });
  rmSync(folder, { recursive: true });
});

function program(name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
}

/** What the process inside the namespaces would print. */
function inside(
  abilities: Partial<Measured['abilities']>,
  iptables: Measured['iptables'] = 'iptables',
): void {
  const all = Object.fromEntries(ABILITIES.map((ability) => [ability, abilities[ability] ?? true]));
  program('unshare', `echo '${JSON.stringify({ iptables, abilities: all })}'`);
}

describe('a probe', () => {
  test('takes what was measured inside, and says how to mend what failed', async () => {
    inside({ netem: 'qdisc kind is unknown' });
    const probe = await probeNetns();
    expect(netnsTrouble(probe)).toBeUndefined();
    expect(probe.iptables).toBe('iptables');
    expect(probe.abilities.netem).toMatchObject({
      why: 'qdisc kind is unknown',
      mend: expect.stringContaining('sch_netem'),
    });
  });

  test('without rules that drop there is no such cluster', async () => {
    inside({ drop: 'no table', loss: 'no table' }, null);
    expect(netnsTrouble(await probeNetns())).toMatchObject({
      why: 'no table',
      mend: expect.stringContaining('nf_tables'),
    });
  });

  test('namespaces that are forbidden: what was said, and what usually helps', async () => {
    program('unshare', 'echo "unshare failed: Operation not permitted" >&2; exit 1');
    const probe = await probeNetns();
    expect(probe.privilege).toBeNull();
    const trouble = netnsTrouble(probe);
    expect(trouble?.why).toContain('Operation not permitted');
    expect(trouble?.mend).toMatch(/SYS_ADMIN|root/);
  });

  test('namespaces whose network does not carry packets count as none', async () => {
    inside({ network: 'a packet did not arrive' });
    expect((await probeNetns()).privilege).toBeNull();
  });

  test('elsewhere than on Linux there are none', async () => {
    Object.defineProperty(process, 'platform', { value: 'darwin' });
    expect(netnsTrouble(await probeNetns())).toMatchObject({
      why: 'network namespaces exist on Linux only',
      mend: expect.stringContaining('--runtime process'),
    });
  });
});

test('where no network can be made, nothing else is tried', async () => {
  program('mount', 'echo "mount: permission denied" >&2; exit 32');
  const { iptables, abilities } = await measureAbilities();
  expect(iptables).toBeNull();
  expect(abilities.network).toContain('permission denied');
  expect(new Set(ABILITIES.slice(1).map((ability) => abilities[ability]))).toEqual(
    new Set(['not tried, since there is no network to try it on']),
  );
});

test('a network takes one process for the hub and one for each node', async () => {
  program('ip', `{ echo "ip $*"; cat; echo; } >> ${folder}/called.$$`);
  await layNetwork(['n1', 'n2']);
  await removeNetwork(['n1', 'n2']);
  const calls = new Set(
    readdirSync(folder)
      .filter((name) => name.startsWith('called.'))
      .map((name) => readFileSync(join(folder, name), 'utf8')),
  );
  expect(calls.size).toBe(4);
  const text = [...calls].join('\n');
  expect(text).toContain('link add p-n2 type veth peer name eth0 netns n2\n');
  expect(text).toContain('addr add 10.219.7.102/24 dev br0');
  expect(text).toMatch(/^ip -n n1 -batch -\nlink set lo up\naddr add 10.219.7.1\/24 dev eth0\n/m);
  expect(text).toContain('netns del n1\nnetns del n2\nlink del br0');
});
