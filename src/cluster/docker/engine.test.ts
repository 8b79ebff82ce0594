import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { addressOf, Engine, engineOf, stderrOf } from './engine.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hermes-engine-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** A docker client that does what the script says, in front of any real one. */
function client(script: string): void {
  writeFileSync(join(folder, 'docker'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`);
}

describe('where clients find what an engine publishes', () => {
  test('an engine of this machine: on loopback, for this machine alone', () => {
    for (const url of [
      'unix:///var/run/docker.sock',
      'npipe:////./pipe/docker_engine',
      'tcp://127.0.0.1:2375',
      'tcp://localhost:2375',
      'tcp://[::1]:2375',
    ]) {
      const { clientHost, publishOn } = addressOf([], url);
      expect([clientHost, publishOn], url).toEqual(['127.0.0.1', '127.0.0.1']);
    }
  });

  test('an engine elsewhere: at its host', () => {
    const host = (url: string): string => addressOf([], url).clientHost;
    expect(host('tcp://10.1.2.3:2375')).toBe('10.1.2.3');
    expect(host('ssh://me@build.example:22')).toBe('build.example');
    expect(host('ssh://build.example')).toBe('build.example');
    expect(host('tcp://[fd00::5]:2376')).toBe('fd00::5');
    expect(addressOf([], 'ssh://me@build.example').publishOn).toBe('');
  });
});

describe('which engine', () => {
  beforeEach(() => {
    vi.stubEnv('DOCKER_HOST', '');
    vi.stubEnv('DOCKER_CONTEXT', '');
    vi.stubEnv('DOCKER_CONFIG', folder);
    client('case "$*" in *"context inspect"*) echo ssh://me@far.example;; esac');
  });
  const flags = async (host?: string): Promise<string> =>
    (await engineOf(host)).address.flags.join(' ');

  test('the default one', async () => {
    expect(await flags()).toBe('--host unix:///var/run/docker.sock');
  });

  test('that of the context in use, whose certificates the client knows', async () => {
    writeFileSync(join(folder, 'config.json'), '{"currentContext":"far"}');
    const { address } = await engineOf(undefined);
    expect(address).toMatchObject({ flags: ['--context', 'far'], clientHost: 'far.example' });
  });

  test('DOCKER_CONTEXT before the context in use, DOCKER_HOST before both, a flag before all', async () => {
    writeFileSync(join(folder, 'config.json'), '{"currentContext":"far"}');
    vi.stubEnv('DOCKER_CONTEXT', 'near');
    expect(await flags()).toBe('--context near');
    vi.stubEnv('DOCKER_HOST', 'tcp://127.0.0.1:1');
    expect(await flags()).toBe('--host tcp://127.0.0.1:1');
    expect(await flags('tcp://127.0.0.1:2')).toBe('--host tcp://127.0.0.1:2');
  });

  test('a config that cannot be read is none', async () => {
    writeFileSync(join(folder, 'config.json'), '{');
    expect(await flags()).toBe('--host unix:///var/run/docker.sock');
  });
});

describe('calls', () => {
  const engine = new Engine(addressOf(['--host', 'x'], 'x'));

  test('give stdout, take stdin of any length', async () => {
    client('echo "$*"; wc -c');
    const input = (async function* () {
      for (let i = 0; i < 40; i++) yield new Uint8Array(65_536);
    })();
    const said = await engine.call(['import', '-'], { input });
    expect(said.split(/\s+/).filter(Boolean)).toEqual(['--host', 'x', 'import', '-', '2621440']);
  });

  test('fail with what was said, and as people can use it', async () => {
    client('echo "Error response from daemon: no space left on device" >&2; exit 1');
    const error = await engine.call(['import']).catch((thrown: unknown) => thrown);
    expect(stderrOf(error)).toMatch(/no space/);
    await expect(engine.step('import an image', ['import'])).rejects.toMatchObject({
      message: "docker could not import an image: the disk of the engine's host is full.",
      hint: expect.stringContaining('docker system prune'),
    });
  });

  test('end in time', async () => {
    client('exec sleep 20');
    const call = engine.call(['info'], { timeoutMs: 100 });
    await expect(call).rejects.toThrow('no answer within 0.1 s');
  });

  test('a client that ends without reading says why itself', async () => {
    client('echo broken >&2; exit 3');
    const input = (async function* () {
      for (let i = 0; i < 100; i++) yield new Uint8Array(65_536);
    })();
    await expect(engine.call(['import', '-'], { input })).rejects.toThrow('broken');
  });
});
