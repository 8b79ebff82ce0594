import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findTool } from '../src/cluster/netns/tool.ts';

const dev = fileURLToPath(new URL('../bin/dev.js', import.meta.url));
const state = mkdtempSync('/tmp/hermes-repl-');

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(command: readonly string[], input = ''): Promise<Ended> {
  const env = { ...process.env, HERMES_STATE: state, TERM: 'xterm' };
  const child = spawn(command[0] as string, command.slice(1), { env });
  const ended = { code: null as number | null, stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (ended.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (ended.stderr += chunk.toString()));
  child.stdin.end(input);
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ ...ended, code }));
  });
}

function hermes(args: readonly string[], lines: readonly string[] = []): Promise<Ended> {
  return run([process.execPath, dev, ...args], lines.map((line) => `${line}\n`).join(''));
}

/** What a terminal shows when each line is typed at a prompt. */
function typed(command: string, lines: readonly string[]): Promise<string> {
  const env = { ...process.env, HERMES_STATE: state, TERM: 'xterm' };
  const child = spawn('script', ['-qec', command, '/dev/null'], { env });
  const left = [...lines];
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    // The prompt, and the move of the cursor behind it.
    // eslint-disable-next-line no-control-regex
    if (left.length > 0 && /> \x1b\[\d+G$/.test(stdout)) child.stdin.write(`${left.shift()}\r`);
  });
  return new Promise((resolve) => {
    child.on('close', () => resolve(stdout));
  });
}

beforeAll(async () => {
  const up = await hermes(['cluster', 'up', '--nodes', '3', '--runtime', 'process']);
  expect(up.code, up.stderr).toBe(0);
});
afterAll(async () => {
  await hermes(['cluster', 'down']);
  rmSync(state, { recursive: true, force: true });
});

test('lines from a pipe reach the nodes, whichever is connected', async () => {
  const lines = [
    'w greeting hello',
    'connect n3',
    'r greeting',
    'c greeting hello bye',
    'connect n2',
    'GET greeting',
    'incr n',
  ];
  const { code, stdout } = await hermes(['repl'], lines);
  expect(stdout.split('\n')).toEqual(['OK', '"hello"', 'OK', '"bye"', '(integer) 1', '']);
  expect(code).toBe(0);
});

test('words of the cluster cut it and heal it', async () => {
  const lines = [
    'w cut 1',
    'partition n1 / n2 n3',
    'w cut 2',
    'heal',
    'connect n2',
    'ping',
    'status',
  ];
  const { code, stdout, stderr } = await hermes(['repl', 'n1'], lines);
  expect(stderr).toBe('');
  expect(stdout).toMatch(
    // Who is in the view by then is a matter of time; that the cut ends is told by the words.
    /^OK\n.*\{n1 \| n2 n3\}[\s\S]*\(error\) (UNKNOWN|NOTSERVING|EXPIRED) [\s\S]*is over[\s\S]*\nPONG\n[\s\S]*view \d+ \{[\s\S]*n3 +\w/,
  );
  expect(code).toBe(0);
});

test('--json is one document with every line and reply', async () => {
  const { stdout, code } = await hermes(
    ['repl', 'n2', '--json'],
    ['w j 1', 'r j', 'hermes view', 'heal', 'quit', 'r j'],
  );
  expect(code).toBe(0);
  const { cluster, lines } = JSON.parse(stdout) as {
    cluster: string;
    lines: { node: string; line: string; reply?: string }[];
  };
  expect(cluster).toBe('default');
  expect(lines.map(({ node, line }) => `${node} ${line}`)).toEqual([
    'n2 w j 1',
    'n2 r j',
    'n2 hermes view',
    'n2 heal',
  ]);
  expect(lines.map(({ reply }) => reply).slice(0, 2)).toEqual(['OK', '1']);
  expect(JSON.parse(lines[2]?.reply as string)).toMatchObject({ epoch: expect.any(Number) });
});

test('what is mistyped ends it with 254, after the other lines were done', async () => {
  // On n2: n1 was cut off above, and may have been left out of the view, until it has joined again.
  const { stdout, code } = await hermes(['repl', 'n2'], ['wirte k 1', 'r nothing']);
  expect(stdout).toMatch(/did you mean write\?.*\n\(nil\)\n$/);
  expect(code).toBe(254);
});

test.each([
  [['repl', 'n7'], /has no node n7[\s\S]*n1, n2, n3/],
  [['repl', '--name', 'other'], /there is no cluster "other"[\s\S]*default/],
])('%j says who could be talked to', async (args, said) => {
  const { code, stderr } = await hermes(args);
  expect(code).toBe(254);
  expect(stderr).toMatch(said);
});

test.skipIf(findTool('script') === undefined)(
  'a terminal gets a prompt with node and view, and its lines are kept',
  async () => {
    const stdout = await typed(`${process.execPath} ${dev} repl n3`, ['w t 1', 'r t', 'q']);
    expect(stdout).toMatch(/n3 view \d+> /);
    expect(stdout).toMatch(/OK\r\n[\s\S]*"1"\r\n/);
    expect(readFileSync(`${state}/repl-history`, 'utf8')).toContain('w t 1\nr t\n');
  },
);

test('a node that joins at the prompt can be talked to', async () => {
  const lines = ['w k v', 'join', 'connect n4', 'r k', 'leave n4', 'connect n1', 'r k'];
  const { code, stdout } = await hermes(['repl'], lines);
  expect(stdout).toMatch(/^OK\n✔ n4 has joined: [^]*\n"v"\n✔ n4 has left: [^]*\n"v"\n$/);
  expect(code).toBe(0);
});
