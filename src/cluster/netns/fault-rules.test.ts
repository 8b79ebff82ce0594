/** The commands that are run, with programs in their place that write down how they were called. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../base/user-error.ts';
import { disconnect, FaultRules } from './fault-rules.ts';
import { insideNode } from './lay-network.ts';
import { PretendedIptables } from './pretended-iptables.case.ts';
import { netnsShell, NetnsNetwork } from './netns-network.ts';

const PATH = process.env['PATH'];
let folder: string;

/** Stands for a program: notes its arguments and stdin, says what is in `NAME.says`, fails as told. */
const PROGRAM = `#!/bin/sh
input=$(cat)
{ printf '%s %s\\n' "$(basename "$0")" "$*"; printf '%s\\n' "$input" | sed 's/^/  /'; } >> "$DIR/called"
case "$*" in *"$(cat "$DIR/refuse" 2>/dev/null || echo never)"*) echo "no such place" >&2; exit 1;; esac
cat "$DIR/says" 2>/dev/null
exit 0
`;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hermes-rules-'));
  for (const name of ['nsenter', 'ip', 'mount']) {
    writeFileSync(join(folder, name), PROGRAM.replaceAll('$DIR', folder));
    chmodSync(join(folder, name), 0o755);
  }
  process.env['PATH'] = `${folder}:${PATH}`;
});
afterEach(() => {
  process.env['PATH'] = PATH;
  rmSync(folder, { recursive: true });
});

function called(): string {
  return existsSync(join(folder, 'called')) ? readFileSync(join(folder, 'called'), 'utf8') : '';
}

function calls(what: string): string[] {
  return called()
    .split('\n')
    .filter((line) => !line.startsWith(' ') && line.includes(what));
}

describe('the rules of a fault', () => {
  const drop = { type: 'drop' } as const;

  test('are put where they belong, counted, and removed there and nowhere else', async () => {
    const site = new PretendedIptables();
    const rules = new FaultRules('iptables', site);
    await rules.apply(2, [['n1', 'n2']], drop);
    const before = [site.rules('n1'), site.rules('n2')];
    await rules.apply(3, [['n1', 'n2']], drop);
    expect(rules.active).toEqual([2, 3]);
    expect(site.rules('n3')).toEqual([]);
    expect(await rules.undo(3)).toEqual({ packets: 4, bytes: 240 });
    expect([site.rules('n1'), site.rules('n2')]).toEqual(before);
    await rules.undo(2);
    expect([...site.rules('n1'), ...site.rules('n2')]).toEqual([]);
    expect(rules.active).toEqual([]);
  });

  test('by their real commands', async () => {
    const rules = new FaultRules('iptables');
    await rules.apply(3, [['n1', 'n2']], drop);
    expect(calls('iptables-restore').toSorted()).toEqual(
      ['n1', 'n2'].map((node) =>
        [...insideNode(node), 'iptables-restore --noflush --wait 5'].join(' '),
      ),
    );
  });

  test('that cannot be put in one place are taken from the others', async () => {
    const site = new PretendedIptables();
    const rules = new FaultRules('iptables', site);
    site.refuse = (node) => (node === 'n9' ? { why: 'no such place' } : undefined);
    await expect(rules.apply(4, [['n1', 'n9']], drop)).rejects.toThrow('no such place');
    expect(site.rules('n1')).toEqual([]);
    expect(rules.active).toEqual([]);
    await rules.apply(4, [['n1', 'n2']], drop);
  });

  test('whose command was ended when it had done its work are removed all the same', async () => {
    const site = new PretendedIptables();
    const rules = new FaultRules('iptables', site);
    site.refuse = (node, command) =>
      node === 'n2' && command.endsWith('restore') ? { why: 'exit 137', late: true } : undefined;
    await expect(rules.apply(4, [['n1', 'n2']], drop)).rejects.toThrow('exit 137');
    expect([...site.rules('n1'), ...site.rules('n2')]).toEqual([]);
  });

  test('that could not be removed everywhere can be removed again, where they are left', async () => {
    const site = new PretendedIptables();
    const rules = new FaultRules('iptables', site);
    await rules.apply(5, [['n1', 'n2']], drop);
    site.refuse = (node) => (node === 'n2' ? { why: 'no such place' } : undefined);
    await expect(rules.undo(5)).rejects.toThrow('no such place');
    expect(rules.active).toEqual([5]);
    site.refuse = () => undefined;
    site.calls.length = 0;
    await rules.undo(5);
    expect(site.calls).toEqual(['n2 iptables-save', 'n2 iptables-restore']);
    expect([...site.rules('n1'), ...site.rules('n2')]).toEqual([]);
    expect(rules.active).toEqual([]);
  });

  test('come back in a network that was made anew, once, however often that is asked', async () => {
    const site = new PretendedIptables();
    const rules = new FaultRules('iptables', site);
    await rules.apply(6, [['n1', 'n2']], drop);
    const before = site.rules('n1');
    site.reset('n1');
    await Promise.all([rules.renew('n1'), rules.renew('n1')]);
    expect(site.rules('n1')).toEqual(before);
    site.reset('n1');
    await rules.undo(6);
    expect([...site.rules('n1'), ...site.rules('n2')]).toEqual([]);
  });

  test('of one node are changed one after another', async () => {
    const rules = new FaultRules('iptables-legacy');
    await Promise.all(
      [6, 7, 8].map((id) =>
        rules.apply(id, [['n1', 'n2']], { type: 'lose', percent: 5, burst: 1 }),
      ),
    );
    expect(calls('iptables-legacy-restore')).toHaveLength(3);
    const order = [...called().matchAll(/:HERMES-(\d)-INPUT/g)].map((match) => match[1]);
    expect(order).toEqual(['6', '7', '8']);
  });
});

test('connections are killed once per node, by every address of its peers', async () => {
  writeFileSync(join(folder, 'says'), 'ESTAB 0 0 a b\nESTAB 0 0 c d\n');
  expect(
    await disconnect([
      ['n1', 'n2'],
      ['n1', 'n3'],
      ['n2', 'n1'],
    ]),
  ).toBe(4);
  expect(calls('ss -HKtn').toSorted()).toEqual([
    expect.stringMatching(
      /netns\/n1 -- ss -HKtn \( dst 10.219.7.102 or dst 10.219.7.2 or dst 10.219.7.103 or dst 10.219.7.3 \)$/,
    ),
    expect.stringMatching(/netns\/n2 -- ss -HKtn \( dst 10.219.7.101 or dst 10.219.7.1 \)$/),
  ]);
});

describe('the network', () => {
  test('names addresses, commands and the way in', () => {
    const network = new NetnsNetwork();
    expect(network.host('n2')).toBe('10.219.7.2');
    expect(network.proxyHost('n1', 'n2')).toBe('10.219.7.102');
    expect(network.proxySource('n1', 'n2')).toBe('10.219.7.101');
    expect(network.command('n1', ['ls', '-l'])).toEqual([
      'nsenter',
      '--net=/run/netns/n1',
      '--',
      'ls',
      '-l',
    ]);
    expect(netnsShell('root').wrap(['x']).slice(0, 2)).toEqual(['unshare', '-nmpf']);
    expect(netnsShell('user-namespace').wrap(['x']).slice(0, 2)).toEqual(['unshare', '-Urnmpf']);
  });

  test('that cannot be made says which step failed, and where to look', async () => {
    writeFileSync(join(folder, 'refuse'), 'tmpfs /run');
    const error = await new NetnsNetwork().create(['n1']).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toMatch(
      /^could not give the namespaces a \/run of their own: mount .* no such place/,
    );
    expect((error as UserError).hint).toContain('hermes doctor');
    expect(await new NetnsNetwork().destroy()).toEqual([]);
  });
});
