/**
 * One test per row of the table of exit codes, through the start script, started by each Node that this
 * machine has: the pinned one, and an older one if there is one (as on a machine where only that is
 * installed). The script under test is the real one, in a package of its own whose commands each end in one
 * way; `commands/*.cluster.test.ts` see the same codes from the real commands.
 */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const repo = fileURLToPath(new URL('..', import.meta.url));
process.env['NODE_ENV'] = 'production'; // as for users; vitest's own value would add warnings of oclif

/** The first `node` on PATH or in the usual places whose major version is below 24. */
function olderNode(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/usr/local/bin'];
  return folders
    .map((folder) => join(folder, 'node'))
    .find((path) => {
      if (!existsSync(path)) return false;
      const major = execFileSync(path, ['-p', 'process.versions.node.split(".")[0]']).toString();
      return Number(major) < 24;
    });
}

const older = olderNode();
const nodes: [string, string][] = [['the pinned Node', process.execPath]];
if (older === undefined) console.warn('skipped: no Node older than 24 on this machine');
else nodes.push(['an older Node', older]);

const COMMANDS: Readonly<Record<string, string>> = {
  done: 'async run() { await this.parse(this.ctor); this.log("done"); }',
  valid: 'async run() { this.exitWith(true); return { valid: true }; }',
  invalid: 'async run() { this.log("invalid"); this.exitWith(false); return { valid: false }; }',
  unknown: 'async run() { this.exitWith("unknown"); return { valid: "unknown" }; }',
  mendable: 'async run() { throw new UserError("port 7101 is taken.", "Choose another."); }',
  disk: 'async run() { (await import("node:fs")).writeFileSync("/dev/full", "x"); }',
  fault: 'async run() { return undefined.x; }',
  late: 'async run() { setTimeout(() => { throw new TypeError("too late"); }, 10); }',
  rejection: 'async run() { void Promise.reject(new TypeError("nobody waits")); }',
  waits: 'async run() { setInterval(() => {}, 1000); this.log(String(process.pid)); }',
  judges: `async run() {
    const clock = setInterval(() => {}, 1000);
    process.once("SIGINT", () => { clearInterval(clock); this.log("judged"); this.exitWith(false); });
    this.log(String(process.pid));
  }`,
  talks: `async run() {
    for (;;) { this.log("line"); await new Promise((resolve) => setTimeout(resolve, 1)); }
  }`,
  verdicttalks: `async run() {
    this.exitWith(false);
    for (;;) { this.log("line"); await new Promise((resolve) => setTimeout(resolve, 1)); }
  }`,
  environment:
    'async run() { this.log(JSON.stringify([process.version, process.env.HERMES_HANDED_OVER ?? null])); }',
};

let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'hermes-run-'));
  mkdirSync(join(root, 'bin'));
  mkdirSync(join(root, 'dist/commands'), { recursive: true });
  cpSync(join(repo, 'bin/run.js'), join(root, 'bin/run.js'));
  symlinkSync(join(repo, 'dist/src'), join(root, 'dist/src'));
  symlinkSync(join(repo, 'node_modules'), join(root, 'node_modules'));
  const oclif = {
    bin: 'hermes',
    topicSeparator: ' ',
    commands: { strategy: 'pattern', target: './dist/commands' },
  };
  writeFileSync(
    join(root, 'package.json'),
    JSON.stringify({ name: 'ends', version: '1.0.0', type: 'module', oclif }),
  );
  for (const [name, body] of Object.entries(COMMANDS)) {
    const source = `import { HermesCommand } from '../src/tui/hermes-command.js';
      import { UserError } from '../src/base/user-error.js';
      export default class Ends extends HermesCommand { ${body} }`;
    writeFileSync(join(root, `dist/commands/${name}.js`), source);
  }
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

describe.each(nodes)('through the start script, started by %s', (_, node) => {
  const run = (...args: string[]) => {
    const done = spawnSync(node, [join(root, 'bin/run.js'), ...args], {
      encoding: 'utf8',
      timeout: 30_000,
    });
    return { code: done.status, stdout: done.stdout, stderr: done.stderr };
  };

  test.each([
    ['done', ['done'], 0],
    ['help', ['--help'], 0],
    ['help of a command', ['done', '--help'], 0],
    ['version', ['--version'], 0],
    ['a valid verdict', ['valid', '--json'], 0],
    ['an invalid verdict', ['invalid'], 1],
    ['an invalid verdict as JSON', ['invalid', '--json'], 1],
    ['an unknown verdict', ['unknown'], 2],
    ['something the user can mend', ['mendable'], 254],
    ['a full disk', ['disk'], 254],
    ['an unknown flag', ['done', '--flag'], 254],
    ['an argument too many', ['done', 'argument'], 254],
    ['an unknown command', ['doen'], 254],
    ['a fault of ours', ['fault'], 255],
    ['an exception after the command returned', ['late'], 255],
    ['a rejection that nobody handles', ['rejection'], 255],
  ])('%s', (_row, args, code) => {
    const end = run(...args);
    expect(end.code, end.stderr).toBe(code);
    expect(end.stderr).not.toContain('    at ');
  });

  test('errors are a sentence and a hint, on stderr', () => {
    expect(run('mendable').stderr).toBe('Error: port 7101 is taken.\n  Choose another.\n');
    expect(run('doen').stderr).toContain('Did you mean hermes done?');
    expect(run('done', '--jsn').stderr).toContain('Did you mean --json?');
    expect(run('fault').stderr).toContain('a fault in hermes');
  });

  test('with --json an error is one document on stdout', () => {
    const { stdout } = run('mendable', '--json');
    expect(JSON.parse(stdout)).toEqual({
      error: { message: 'port 7101 is taken.', hint: 'Choose another.' },
    });
  });

  test('commands run on Node 24 or later and inherit no mark of the hand-over', () => {
    const [version, mark] = JSON.parse(run('environment').stdout) as [string, string | null];
    expect(Number(version.slice(1).split('.')[0])).toBeGreaterThanOrEqual(24);
    expect(mark).toBeNull();
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('ended by %s before a verdict: 128 + its number', async (signal, code) => {
    const [child, pid] = await started(node, 'waits');
    child.kill(signal);
    expect(await codeOf(child)).toBe(code);
    await gone(pid);
  });

  test('a command that judges on Ctrl-C ends with its verdict', async () => {
    const [child] = await started(node, 'judges');
    child.kill('SIGINT');
    expect(await codeOf(child)).toBe(1);
  });

  test('SIGKILL of the start script takes the program with it', async () => {
    const [child, pid] = await started(node, 'waits');
    child.kill('SIGKILL');
    await once(child, 'exit');
    await gone(pid);
  });

  test.each([
    ['talks', 0],
    ['verdicttalks', 1],
  ])('a reader that goes away ends %s quietly: %i', async (command, code) => {
    const child = spawn(node, [join(root, 'bin/run.js'), command], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    await once(child.stdout, 'data');
    child.stdout.destroy();
    expect(await codeOf(child)).toBe(code);
    expect(stderr).toBe('');
  });

  test.skipIf(!existsSync('/dev/full'))('a full disk under stdout is the user’s to mend', () => {
    const end = spawnSync('sh', ['-c', `"${node}" "${root}/bin/run.js" talks > /dev/full`], {
      encoding: 'utf8',
    });
    expect(end.status).toBe(254);
    expect(end.stderr).toContain('ENOSPC');
  });
});

describe.each(nodes)('the real commands, started by %s', (_, node) => {
  const WRITTEN = [
    { hermes: 1, workload: 'register', model: 'register', initial: null },
    { index: 0, process: 0, type: 'invoke', f: 'write', key: 1, value: 1, time: 10, node: 'n1' },
    { index: 1, process: 0, type: 'ok', f: 'write', key: 1, value: 1, time: 20, node: 'n1' },
    { index: 2, process: 1, type: 'invoke', f: 'read', key: 1, value: null, time: 30, node: 'n2' },
  ];
  const read = (value: number | null) => ({ ...WRITTEN[3], index: 3, type: 'ok', value, time: 40 });
  const file = (name: string, lines: readonly object[]): string => {
    const path = join(root, `${name}.jsonl`);
    writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    return path;
  };
  const run = (...args: string[]) =>
    spawnSync(node, [join(repo, 'bin/run.js'), ...args], {
      encoding: 'utf8',
      timeout: 60_000,
      env: { ...process.env, XDG_STATE_HOME: join(root, 'state') },
    });

  test('check: 0 valid, 1 invalid, 2 unknown, 254 what is no history; the worst of several', () => {
    const valid = file('valid', [...WRITTEN, read(1)]);
    const invalid = file('invalid', [...WRITTEN, read(null)]);
    const empty = file('empty', WRITTEN.slice(0, 1));
    const broken = file('broken', [...WRITTEN, { type: 'nonsense' }, {}]);
    expect(run('check', valid).status).toBe(0);
    expect(run('check', invalid).status).toBe(1);
    expect(run('check', empty).status).toBe(2);
    expect(run('check', broken).status).toBe(254);
    expect(run('check', join(root, 'not-there.jsonl')).status).toBe(254);
    expect(run('check', valid, empty).status).toBe(2);
    expect(run('check', empty, invalid, valid).status).toBe(1);
  });

  test('fuzz: 254 for what it does not know, 143 ended by SIGTERM before a verdict', async () => {
    expect(run('fuzz', '--nemesis', 'bogus').status).toBe(254);
    const args = [
      'fuzz',
      '--nodes',
      '3',
      '--runtime',
      'process',
      '--store',
      join(root, 'histories'),
    ];
    const child = spawn(node, [join(repo, 'bin/run.js'), ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
      env: { ...process.env, XDG_STATE_HOME: join(root, 'state') },
    });
    await once(child.stderr, 'data');
    child.kill('SIGTERM');
    expect(await codeOf(child)).toBe(143);
  });

  test('cluster: 254 where there is none', () => {
    expect(run('cluster', 'heal').status).toBe(254);
  });
});

describe('what keeps it from starting', () => {
  function bare(node: string, parts: readonly string[]): { code: number | null; stderr: string } {
    const folder = mkdtempSync(join(tmpdir(), 'hermes-bare-'));
    try {
      mkdirSync(join(folder, 'bin'));
      cpSync(join(repo, 'bin/run.js'), join(folder, 'bin/run.js'));
      for (const part of parts) symlinkSync(join(repo, part), join(folder, part));
      writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
      const end = spawnSync(node, [join(folder, 'bin/run.js'), 'fuzz'], { encoding: 'utf8' });
      return { code: end.status, stderr: end.stderr };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  test.each(nodes)('no build, %s: says how to make one', (_, node) => {
    const end = bare(node, ['node_modules']);
    expect(end.code).toBe(254);
    expect(end.stderr).toContain('npm run build');
  });

  test.skipIf(older === undefined)('an older Node and no pinned one: says what to install', () => {
    const end = bare(older ?? '', []);
    expect(end.code).toBe(254);
    expect(end.stderr).toContain('hermes needs Node 24');
    expect(end.stderr).toContain('npm ci');
  });
});

/** Starts a command that prints the id of its process and then stays. */
async function started(node: string, command: string): Promise<[ChildProcess, number]> {
  const child = spawn(node, [join(root, 'bin/run.js'), command], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true, // not in the foreground of a terminal, if there is one: signals come from us alone
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return [child, Number(line.toString())];
}

/** The code as a shell shows it. */
async function codeOf(child: ChildProcess): Promise<number> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  const numbers = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as Record<string, number>;
  return code ?? numbers[signal ?? ''] ?? -1;
}

/** Resolves once no process of that id runs (one that nobody has reaped yet does not); the time-out bounds it. */
async function gone(pid: number): Promise<void> {
  while (runs(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    const stat = `/proc/${pid}/stat`;
    return !existsSync(stat) || !readFileSync(stat, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}
