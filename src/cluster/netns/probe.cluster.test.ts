import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ABILITIES } from './abilities.ts';
import { netnsTrouble, probeNetns } from './probe.ts';
import { findTool, tool } from './tool.ts';
import { ownPrivilege, unshareCommand } from './unshare.ts';

const isRoot = process.getuid?.() === 0;

test('every ability is there, or says why not and how to mend it', async () => {
  const probe = await probeNetns();
  expect(Object.keys(probe.abilities)).toEqual([...ABILITIES]);
  for (const found of Object.values(probe.abilities)) {
    if (found === true) continue;
    expect(found.why).not.toBe('');
    expect(found.mend).toMatch(/\.$/);
  }
  // A rule that drops needs an iptables and somebody who may make the network.
  if (netnsTrouble(probe) === undefined)
    expect([probe.iptables, probe.privilege]).not.toContain(null);
});

test('without its programs a machine is told which to install', async () => {
  const url = new URL('./probe.ts', import.meta.url).href;
  const code = `const { probeNetns } = await import('${url}'); console.log(JSON.stringify(await probeNetns()))`;
  const empty = mkdtempSync('/tmp/hermes-empty-');
  try {
    // The sbin folders are looked at too: hide them as well.
    const inside = `mount --bind ${empty} /usr/sbin && mount --bind ${empty} /sbin; exec "$@"`;
    const shell = unshareCommand(ownPrivilege(), ['/bin/sh', '-c', inside, 'sh']);
    const command = [...shell, process.execPath, '--input-type=module', '-e', code];
    const probe = JSON.parse(await tool(command)) as Awaited<ReturnType<typeof probeNetns>>;
    expect(probe.privilege).toBeNull();
    expect(netnsTrouble(probe)?.why).toMatch(/^not installed: .*iptables-restore/);
    expect(netnsTrouble(probe)?.mend).toContain('apt-get install');
  } finally {
    rmSync(empty, { recursive: true });
  }
});

test.skipIf(!isRoot)('a folder under /run that is to be kept is still there inside', async () => {
  const folder = mkdtempSync('/run/hermes-keep-');
  try {
    writeFileSync(`${folder}/here`, '');
    const url = new URL('./unshare.ts', import.meta.url).href;
    const code = `
      const { prepareMounts } = await import('${url}');
      const { readdirSync, writeFileSync } = await import('node:fs');
      await prepareMounts(['${folder}', '/tmp']);
      writeFileSync('${folder}/from-inside', '');
      console.log(JSON.stringify([readdirSync('/run').sort(), readdirSync('${folder}').sort()]));`;
    const command = [process.execPath, '--input-type=module', '-e', code];
    const said = JSON.parse(await tool(unshareCommand('root', command))) as string[][];
    const name = folder.slice('/run/'.length);
    expect(said[0]).toEqual(expect.arrayContaining([name, 'lock', 'netns']));
    expect(said[1]).toEqual(['from-inside', 'here']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a command that fails says which, how, and what it said', async () => {
  await expect(tool(['ls', '/nowhere'])).rejects.toThrow(/^ls \/nowhere: exit 2: .*No such file/);
  await expect(tool(['no-such-program'])).rejects.toThrow(/ENOENT/);
  await expect(tool(['sleep', '5'], { timeoutMs: 50 })).rejects.toThrow('ended by SIGKILL');
  expect(findTool('no-such-program')).toBeUndefined();
});
