/** Runs the commands of `docs/replica.md` exactly as they stand there, a process per terminal. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { eventually } from './replicas.case.ts';

const run = promisify(execFile);
const repo = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(new URL('../../docs/replica.md', import.meta.url), 'utf8');
const blocks = [
  ...page.matchAll(/(?:<!-- shows: (.*) -->\n)?```sh terminal=(\d)\n([^`]*)\n```/g),
].map(([, shows, terminal, command]) => ({
  shows,
  terminal: Number(terminal),
  command: command as string,
}));

const possible =
  existsSync(new URL('../../dist/commands/replica.js', import.meta.url)) &&
  (await run('redis-cli', ['--version']).then(
    () => true,
    () => false,
  ));

/** The project's Node first, as npm scripts have it. */
const env = { ...process.env, PATH: `${repo}node_modules/.bin:${process.env['PATH']}` };
const terminals = new Map<number, ChildProcess>();

async function leave(terminal: number): Promise<void> {
  const child = terminals.get(terminal);
  if (child === undefined || child.exitCode !== null) return;
  const ended = once(child, 'close');
  // As Ctrl-C does: to all that runs in the terminal.
  process.kill(-(child.pid as number), 'SIGINT');
  await ended;
}

afterAll(async () => {
  await Promise.all([...terminals.keys()].map(leave));
  rmSync('/tmp/hermes-by-hand', { recursive: true, force: true });
});

test('the page has its terminals', () => {
  expect(blocks.map((b) => b.terminal)).toEqual([1, 2, 3, 4, 4, 4, 4, 3, 4]);
});

test.skipIf(!possible)(
  'the documented commands do what the page says',
  async () => {
    rmSync('/tmp/hermes-by-hand', { recursive: true, force: true });
    for (const { terminal, command, shows } of blocks) {
      if (shows === undefined) {
        // eslint-disable-next-line no-await-in-loop
        await leave(terminal);
        terminals.set(
          terminal,
          spawn('bash', ['-c', command], { cwd: repo, env, detached: true, stdio: 'ignore' }),
        );
        continue;
      }
      // eslint-disable-next-line no-await-in-loop
      await eventually(async () => {
        const { stdout, stderr } = await run('bash', ['-c', command], { cwd: repo, env });
        return `${stdout}${stderr}`.includes(shows);
      });
    }
  },
  120_000,
);
