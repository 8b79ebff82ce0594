/**
 * A second engine on this machine, as far away as one on another machine: in a network namespace of its
 * own, reached by TCP at an address of its own, with its own data and rules. Needs root and dockerd.
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { findTool, tool, toolPath } from '../netns/tool.ts';
import { Engine, addressOf } from './engine.ts';

/** Outside of what clusters of any kind use. */
const HOST = '10.218.7.1';
const ENGINE = '10.218.7.2';
const PORT = 2375;
const UP_WITHIN_MS = 30_000;
const DOWN_WITHIN_MS = 10_000;

export interface SecondEngine {
  readonly url: string;
  readonly engine: Engine;
  /** Idempotent: ends it and removes all that it had. */
  stop(): Promise<void>;
}

/** Why there can be none here; undefined: there can. */
export function noSecondEngine(): string | undefined {
  if (process.platform !== 'linux' || userInfo().uid !== 0) return 'needs root on Linux';
  return findTool('dockerd') === undefined ? 'needs dockerd' : undefined;
}

export async function startSecondEngine(): Promise<SecondEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'hermes-engine-'));
  const name = `hermes-e${process.pid}`;
  const [outer, inner] = [`heo${process.pid}`, `hei${process.pid}`];
  const inside = ['nsenter', `--net=/run/netns/${name}`, '--'];
  await tool(['ip', 'netns', 'add', name]);
  await tool(['ip', 'link', 'add', outer, 'type', 'veth', 'peer', 'name', inner, 'netns', name]);
  await tool(['ip', 'addr', 'add', `${HOST}/30`, 'dev', outer]);
  await tool(['ip', 'link', 'set', outer, 'up']);
  await tool(['ip', '-n', name, 'addr', 'add', `${ENGINE}/30`, 'dev', inner]);
  await tool(['ip', '-n', name, 'link', 'set', inner, 'up']);
  await tool(['ip', '-n', name, 'link', 'set', 'lo', 'up']);
  await tool(['ip', '-n', name, 'route', 'add', 'default', 'via', HOST]);
  const log = openSync(join(folder, 'log'), 'a');
  const flags = [
    ...['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')],
    ...['--pidfile', join(folder, 'pid'), '--host', `tcp://${ENGINE}:${PORT}`, '--tls=false'],
    ...['--bridge', 'none'],
  ];
  const daemon = spawn(inside[0] as string, [...inside.slice(1), 'dockerd', ...flags], {
    detached: true,
    stdio: ['ignore', log, log],
    // Not the tests' own: what has their state folder is looked for as a remainder.
    env: { PATH: toolPath() },
  });
  closeSync(log);
  const ended = new Promise<void>((resolve) => daemon.once('exit', () => resolve()));
  const url = `tcp://${ENGINE}:${PORT}`;
  const engine = new Engine(addressOf(['--host', url], url));
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    if (daemon.pid !== undefined && daemon.exitCode === null) process.kill(daemon.pid, 'SIGTERM');
    await Promise.race([ended, wait(DOWN_WITHIN_MS)]);
    if (daemon.exitCode === null && daemon.signalCode === null) daemon.kill('SIGKILL');
    await tool(['ip', 'netns', 'del', name]).catch(() => {});
    await tool(['ip', 'link', 'del', outer]).catch(() => {});
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  };
  const second = { url, engine, stop: () => (stopped ??= stop()) };
  const late = performance.now() + UP_WITHIN_MS;
  for (;;) {
    try {
      // eslint-disable-next-line no-await-in-loop
      await engine.call(['version', '--format', '{{.Server.Version}}'], { timeoutMs: 2_000 });
      return second;
    } catch (error) {
      if (performance.now() < late && daemon.exitCode === null) {
        // eslint-disable-next-line no-await-in-loop
        await wait(100);
        continue;
      }
      const said = readFileSync(join(folder, 'log'), 'utf8').split('\n').slice(-5).join('\n');
      // eslint-disable-next-line no-await-in-loop
      await second.stop();
      throw new Error(`the second engine does not answer: ${said}`, { cause: error });
    }
  }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
