/** The prompt in this process, on a cluster that is a control socket and one replica that echoes. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UserError } from '../../base/user-error.ts';
import { Rpc } from '../../cluster/control/rpc.ts';
import { runRepl, type ReplResult } from './repl.ts';

let state: string;
let servers: Server[];
let targetKind: string;

beforeEach(async () => {
  // A socket's path is short.
  state = mkdtempSync('/tmp/hermes-r-');
  process.env['HERMES_STATE'] = state;
  targetKind = 'hermes';
  mkdirSync(join(state, 'lab'));
  servers = [
    await listen(
      join(state, 'lab', 'control.sock'),
      (socket) => void new Rpc(socket, socket, describe),
    ),
    await listen(join(state, 'lab', 'n1.sock'), (socket) =>
      socket.on('data', (asked: Buffer) =>
        socket.write(
          asked.includes('HERMES') ? bulk('{"state":"serving","epoch":3}') : bulk('here'),
        ),
      ),
    ),
  ];
});
afterEach(() => {
  for (const server of servers) server.close();
  delete process.env['HERMES_STATE'];
  rmSync(state, { recursive: true });
});

function describe(op: string): unknown {
  expect(op).toBe('describe');
  const nodes = ['n1', 'n2'].map((name) => ({ name, socket: join(state, 'lab', `${name}.sock`) }));
  return { name: 'lab', target: { kind: targetKind, path: './mine.ts', name: 'other' }, nodes };
}

function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}

function listen(path: string, onSocket: Parameters<typeof createServer>[1]): Promise<Server> {
  const server = createServer(onSocket);
  return new Promise((resolve) => server.listen(path, () => resolve(server)));
}

/** Keys are pressed each time a prompt shows. */
async function atTerminal(
  keys: readonly string[],
  meanwhile?: (input: PassThrough) => Promise<void>,
): Promise<{ shown: string; result: ReplResult }> {
  const input = Object.assign(new PassThrough(), { isTTY: true });
  const output = Object.assign(new PassThrough(), { isTTY: true });
  const left = [...keys];
  let shown = '';
  output.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
    // The prompt, and the move of the cursor behind it.
    // eslint-disable-next-line no-control-regex
    if (/> \x1b\[\d+G$/.test(shown)) for (const key of left.shift() ?? '') input.write(key);
  });
  const [result] = await Promise.all([
    runRepl({ cluster: 'lab', node: undefined, json: false, input, output }),
    meanwhile?.(input),
  ]);
  return { shown, result };
}

test('a pipe gets answers and no prompt', async () => {
  const input = new PassThrough();
  const output = new PassThrough();
  input.end('r k\nconnect n2\n');
  const result = await runRepl({ cluster: 'lab', node: 'n1', json: false, input, output });
  expect(result).toMatchObject({
    cluster: 'lab',
    understood: true,
    lines: [{ line: 'r k', reply: 'here' }, { line: 'connect n2' }],
  });
  expect((output.read() as Buffer).toString()).toMatch(/^"here"\n\(n2 does not answer: .*\)\n$/);
});

test('with --json nothing is printed', async () => {
  const input = new PassThrough();
  const output = new PassThrough();
  input.end('r k\nnonsense\n');
  const result = await runRepl({ cluster: 'lab', node: undefined, json: true, input, output });
  expect(result).toMatchObject({
    understood: false,
    lines: [{ reply: 'here' }, { error: expect.any(String) }],
  });
  expect(output.read()).toBeNull();
});

test('words of the cluster run this program again, on this cluster; Ctrl-C ends what runs', async () => {
  const [node = '', started = ''] = process.argv;
  const script = join(state, 'hermes.mjs');
  writeFileSync(
    script,
    `import { writeFileSync } from 'node:fs';
     writeFileSync('${state}/args', process.argv.slice(2).join(' '));
     process.on('SIGINT', () => process.exit(130));
     if (process.argv.includes('--watch')) setTimeout(() => process.exit(1), 20_000);`,
  );
  try {
    process.argv.splice(0, 2, node, script);
    const input = new PassThrough();
    input.end('partition n1 / n2\nquit\nr k\n');
    const result = await runRepl({
      cluster: 'lab',
      node: 'n2',
      json: true,
      input,
      output: new PassThrough(),
    });
    expect(readFileSync(join(state, 'args'), 'utf8')).toBe('cluster partition n1 / n2 --name lab');
    expect(result.lines).toEqual([{ node: 'n2', line: 'partition n1 / n2' }]);
    rmSync(join(state, 'args'));
    const began = performance.now();
    await atTerminal(['status --watch\r', 'q\r'], async (typing) => {
      await expect.poll(() => existsSync(join(state, 'args')), { timeout: 5_000 }).toBe(true);
      typing.write('\x03');
    });
    expect(performance.now() - began).toBeLessThan(15_000);
  } finally {
    process.argv.splice(0, 2, node, started);
  }
});

test('a terminal: prompt with node and view, completion, lines typed ahead, quit', async () => {
  const { shown, result } = await atTerminal(['rea\tk\r', 'r a\rr b\r', 'q\r']);
  expect(shown).toContain('n1 view 3> ');
  expect(result.lines.map(({ line }) => line)).toEqual(['read k', 'r a', 'r b']);
  expect(readFileSync(join(state, 'repl-history'), 'utf8')).toBe('read k\nr a\nr b\nq\n');
});

test('Ctrl-C drops what was typed, arrows bring back earlier lines, Ctrl-D leaves', async () => {
  await atTerminal(['r old\r', 'q\r']);
  const { shown, result } = await atTerminal(['garb\x03', '\x1b[A\x1b[A\r', '\x04']);
  expect(shown).toContain('^C');
  expect(result.lines.map(({ line }) => line)).toEqual(['r old']);
  expect(result.understood).toBe(true);
  expect(shown.endsWith('\n')).toBe(true);
});

test('a cluster without such a node, or of programs that speak something else, says so', async () => {
  const streams = { json: false, input: new PassThrough(), output: new PassThrough() };
  const ask = (node: string): Promise<unknown> => runRepl({ cluster: 'lab', node, ...streams });
  await expect(ask('n7')).rejects.toThrow(
    new UserError('the cluster lab has no node n7.', 'It has: n1, n2.'),
  );
  targetKind = 'module';
  await expect(ask('n1')).rejects.toThrow('runs ./mine.ts');
  targetKind = 'other';
  await expect(ask('n1')).rejects.toThrow('runs other');
});
