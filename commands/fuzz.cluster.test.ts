/** `hermes fuzz` as a process, on real replicas: verdicts, exit codes, signals, what is left behind. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import type { Results } from '../src/run/results.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'hermes-fuzz-'));
const store = join(dir, 'histories');
const env = { ...process.env, HERMES_STATE: join(dir, 'state'), CI: '1' };

afterAll(() => rmSync(dir, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(...argv: string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, ['bin/dev.js', ...argv], { cwd: root, env });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text) => (stdout += String(text)));
  child.stderr.on('data', (text) => (stderr += String(text)));
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended };
}

const fuzz = (...flags: string[]) =>
  start('fuzz', '--store', store, '--runtime', 'process', ...flags);

async function results(...flags: string[]): Promise<Results & { code: number | null }> {
  const { code, stdout, stderr } = await fuzz('--json', ...flags).ended;
  expect(stdout, stderr).not.toBe('');
  return { ...(JSON.parse(stdout) as Results), code };
}

/** Processes of clusters in our own state folder. */
function replicas(): string[] {
  const all = execFileSync('ps', ['-eo', 'pid=,args=', '-ww'], { encoding: 'utf8' }).split('\n');
  return all.filter((line) => line.includes(env.HERMES_STATE));
}

async function untilRunning(): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const runs = existsSync(join(store, 'rmw')) ? readdirSync(join(store, 'rmw')) : [];
    const latest = runs
      .filter((name) => name.startsWith('2'))
      .toSorted()
      .at(-1);
    const history = join(store, 'rmw', latest ?? '', 'history.jsonl');
    if (replicas().length > 0 && existsSync(history) && readFileSync(history).length > 10_000)
      return;
    await sleep(100);
  }
  throw new Error('no run began');
}

const SMALL = ['--nodes', '3', '--nemesis', 'none', '--ops', '500'];

describe('a run', () => {
  test('is judged by its nodes’ logs as well, where patterns are given', async () => {
    const logged = await results(...SMALL, '--seed', '12', '--log-pattern', 'has a lease');
    expect(logged).toMatchObject({
      code: 1,
      valid: false,
      anomalies: [{ type: 'log-pattern', detail: { node: 'n1' } }, {}, {}],
      properties: [{ name: 'log-patterns', valid: false, figures: { nodes: 3 } }],
    });
    const quiet = await results(...SMALL, '--seed', '12', '--log-pattern', 'assertion|panic');
    expect(quiet).toMatchObject({ code: 0, properties: [{ name: 'log-patterns', valid: true }] });
    const { code, stderr } = await fuzz(...SMALL, '--log-pattern', '(').ended;
    expect(code).toBe(254);
    expect(stderr).toContain('--log-pattern ( is no regular expression');
  });

  test('without faults is valid, and its document says what was done', async () => {
    const run = await results(...SMALL, '--seed', '11');
    expect(run).toMatchObject({
      code: 0,
      valid: true,
      seed: 11,
      anomalies: [],
      skipped: [],
      left: [],
    });
    expect(run.outcomes.ok).toBeGreaterThan(300);
    expect(run.recorder.loopDelay.p99Ms).toBeGreaterThanOrEqual(0);
    for (const path of Object.values(run.files)) expect(existsSync(path), path).toBe(true);
    expect(replicas()).toEqual([]);
    const again = await start('check', run.files['history'] as string, '--json').ended;
    expect(JSON.parse(again.stdout)).toMatchObject({ valid: true });
  });

  test('with faults: each is recorded before it is applied, bites, and is undone', async () => {
    const run = await results('--nodes', '3', '--ops', '400', '--time-limit', '5', '--seed', '3');
    expect(run).toMatchObject({ code: 0, valid: true });
    expect(run.faults.length).toBeGreaterThan(1);
    for (const fault of run.faults) expect(fault.stopMs).toBeGreaterThan(fault.startMs ?? Infinity);
    expect(run.faults.some(({ bitten }) => bitten)).toBe(true);
    const lines = readFileSync(run.files['history'] as string, 'utf8')
      .trim()
      .split('\n');
    const nemesis = lines
      .map((line) => JSON.parse(line))
      .filter(({ process }) => process === 'nemesis');
    expect(nemesis).toHaveLength(2 * run.faults.length);
    const samples = readFileSync(run.files['events'] as string, 'utf8')
      .trim()
      .split('\n');
    expect(samples.filter((line) => line.includes('"type":"status"')).length).toBeGreaterThan(30);
  });

  test('a replica that is killed comes back, and nothing that was acknowledged is missing', async () => {
    const run = await results(
      ...['--nodes', '3', '--nemesis', 'kill:one', '--ops', '1500', '--time-limit', '9'],
      ...['--seed', '5'],
    );
    expect(run).toMatchObject({ code: 0, valid: true, notes: [] });
    const [kills] = run.faultKinds;
    expect(kills).toMatchObject({ kind: 'kill', unrecovered: 0 });
    expect(kills?.bitten).toBe(kills?.begun);
    // Out of the view and back into it, each time.
    expect(run.epochs?.last).toBeGreaterThan(run.epochs?.first ?? Infinity);
    for (const { kind, counters, recoveryMs } of run.faults) {
      expect([kind, counters]).toEqual(['kill', { killed: 1, restarted: 1 }]);
      expect(recoveryMs).toBeGreaterThan(0);
    }
    const history = readFileSync(run.files['history'] as string, 'utf8');
    // Every key was looked at on every node at the end.
    const looks = history.split('\n').filter((line) => line.includes('"process":"final"'));
    for (const node of run.nodes)
      expect(
        looks.some((line) => line.includes(`"node":"${node}"`) && line.includes('"type":"ok"')),
        node,
      ).toBe(true);
    const figure = readFileSync(run.files['throughput'] as string, 'utf8');
    expect(figure).toContain(run.faults[0]?.text);
    expect(figure.match(/class="view"/g)?.length).toBeGreaterThan(0);
    const page = readFileSync(run.files['report'] as string, 'utf8');
    expect(page).toContain(`>${run.faults[0]?.text}</td>`);
    expect(page).toContain('class="lease"');
  });

  test('stops at the first violation if it is asked to', async () => {
    const run = await results(
      ...['--nodes', '3', '--nemesis', 'none', '--bug', 'read-while-invalid'],
      ...['--ops', '40000', '--seed', '4', '--stop-on-violation'],
    );
    expect(run).toMatchObject({ code: 1, valid: false, interrupted: false });
    expect(run.anomalies[0]?.type).toBe('nonlinearizable');
    expect(run.ops).toBeLessThan(30_000);
    expect(run.seen).toMatchObject({ stopped: true, event: expect.any(Number) });
    expect(run.again).toContain(' --stop-on-violation ');
  });

  test('when all replicas lose their memory they say so, and never answer from nothing', async () => {
    const run = await results(
      ...['--nodes', '3', '--nemesis', 'kill:all', '--ops', '400', '--time-limit', '4'],
      ...['--seed', '6', '--no-figure', '--no-report'],
    );
    expect(run).toMatchObject({ code: 2, valid: 'unknown', reason: 'lost', anomalies: [] });
    expect(run.why).toMatch(/^n1, n2 and n3 say that the data is lost/);
    expect(run.files).not.toHaveProperty('throughput');
    const history = readFileSync(run.files['history'] as string, 'utf8').split('\n');
    const events = history.slice(1, -1).map((line) => JSON.parse(line) as Record<string, unknown>);
    const killed = events.findIndex((event) => event['f'] === 'start kill');
    const answered = events.slice(killed + 1).filter((event) => event['type'] === 'ok');
    // What was under way when they died may still be answered; afterwards nothing is.
    expect(answered.length).toBeLessThanOrEqual(run.clients);
    expect(run.outcomes.ok).toBeGreaterThan(0);
  });

  test('lists are judged too', async () => {
    expect(await results(...SMALL, '--workload', 'append')).toMatchObject({
      code: 0,
      valid: true,
      workload: 'append',
    });
  });

  test("a user's workload, from TypeScript as it stands; JUnit beside it", async () => {
    const path = join(dir, 'mine.ts');
    writeFileSync(
      path,
      `interface State { n: number }
       export default {
         name: 'mine', needs: ['read', 'write'], checks: ['linearizable'], model: 'register', mix: {},
         init: (): State => ({ n: 0 }),
         next: (s: State, at: { key: number; random: { chance(a: number, b: number): boolean } }) =>
           at.random.chance(1, 2) ? { f: 'read', key: at.key, value: null } : { f: 'write', key: at.key, value: (s.n += 1) },
       };`,
    );
    const junit = join(dir, 'junit.xml');
    const run = await results(...SMALL, '--workload', path, '--junit', junit);
    expect(run).toMatchObject({ code: 0, valid: true, workload: 'mine' });
    expect(readFileSync(junit, 'utf8')).toMatch(/tests="1" failures="0" errors="0"/);
  });

  test('a plan alone starts nothing', async () => {
    const { code, stdout } = await fuzz('--print-plan', '--seed', '4').ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^hermes fuzz · seed 4 · [\s\S]*s to[\s\S]* s {2}\w+/);
    const again = await fuzz('--print-plan', '--seed', '4').ended;
    expect(again.stdout).toBe(stdout);
  });
});

describe('planted bugs are found on real processes', () => {
  test.each(['commit-before-all-acks', 'M2', 'rmw-from-invalid'])(
    '%s',
    async (bug) => {
      const { code, stdout } = await fuzz('--bug', bug, '--seeds', '1..5').ended;
      expect(code).toBe(1);
      expect(stdout).toMatch(/✘ invalid/);
      expect(stdout).toMatch(/again +hermes fuzz .*--bug/);
    },
    120_000,
  );
});

test.each([
  [['--nemesis', 'loss'], /--runtime netns/],
  [['--workload', 'nothing'], /no workload "nothing"/],
  [['--bug', 'M99'], /no bug "M99"/],
  [['--cluster', 'nobody'], /--runtime says how a cluster is made/],
  [['--system', './no-such-target.ts'], /no-such-target.ts cannot be read/],
])('%j ends with 254, one sentence and what to do', async (flags, message) => {
  const { code, stderr, stdout } = await fuzz(...flags).ended;
  expect(code).toBe(254);
  expect(stdout).toBe('');
  expect(stderr).toMatch(message);
});

test('on a running cluster, which goes on running; keys of two runs do not meet', async () => {
  const name = ['--name', 'mine'];
  expect(
    (await start('cluster', 'up', '--nodes', '3', '--runtime', 'process', ...name).ended).code,
  ).toBe(0);
  try {
    for (let i = 0; i < 2; i++) {
      const { code, stdout, stderr } = await start(
        'fuzz',
        '--cluster',
        'mine',
        '--nemesis',
        'none',
        '--ops',
        '300',
        '--json',
        '--store',
        store,
      ).ended;
      expect(code, stderr).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ valid: true, nodes: ['n1', 'n2', 'n3'] });
    }
    expect(replicas().length).toBeGreaterThanOrEqual(3);
  } finally {
    expect((await start('cluster', 'down', ...name).ended).code).toBe(0);
  }
  expect(replicas()).toEqual([]);
});

describe('signals', () => {
  test('Ctrl-C once: what was recorded is judged, and nothing is left', async () => {
    const { child, ended } = fuzz('--nodes', '3', '--seed', '21', '--json');
    await untilRunning();
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect(JSON.parse(stdout)).toMatchObject({ valid: true, interrupted: true, left: [] });
    expect(code).toBe(0);
    expect(replicas()).toEqual([]);
  });

  test('Ctrl-C twice: 130, and nothing is left', async () => {
    const { child, ended } = fuzz('--nodes', '3', '--seed', '22');
    await untilRunning();
    child.kill('SIGINT');
    await sleep(20);
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(stdout).toBe('');
    expect(replicas()).toEqual([]);
  });

  test('SIGKILL: the replicas are gone soon, and the history up to then can be checked', async () => {
    const { child, ended } = fuzz('--nodes', '3', '--seed', '23');
    await untilRunning();
    child.kill('SIGKILL');
    await ended;
    for (let tries = 0; tries < 100 && replicas().length > 0; tries++) await sleep(50);
    expect(replicas()).toEqual([]);
    const { code, stdout } = await start('check', '23', '--store', store).ended;
    expect(stdout).toMatch(/^✔ valid/);
    expect(code).toBe(0);
  });
});
