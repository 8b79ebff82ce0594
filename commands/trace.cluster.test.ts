/** Traces of real replicas, from `fuzz --trace` to drawings and to fresh machines; runs repeated and shrunk. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noDocker } from '../src/cluster/lab.case.ts';
import type { ShrinkResult } from '../src/run/shrink-trial.ts';
import type { TraceReplay } from '../src/run/replay-trace.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'hermes-trace-'));
const env = { ...process.env, HERMES_STATE: join(dir, 'state'), CI: '1' };
const real = join(dir, 'real');
const simulated = join(dir, 'simulated');

afterAll(() => rmSync(dir, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function hermes(...argv: string[]): Promise<Ended> {
  const child = spawn(process.execPath, ['bin/dev.js', ...argv], { cwd: root, env });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text) => (stdout += String(text)));
  child.stderr.on('data', (text) => (stderr += String(text)));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
}

/** A traced run in which somebody is killed and comes back. */
async function trace(runtime: string, store: string): Promise<void> {
  const { stdout, stderr } = await hermes(
    ...['fuzz', '--runtime', runtime, '--trace', '--store', store, '--seed', '7', '--json'],
    ...['--nodes', '3', '--keys', '3', '--ops', '300', '--time-limit', '8'],
    ...['--nemesis', 'kill:one,partition', '--nemesis-interval', '2', '--no-report'],
  );
  expect(stdout, stderr).toContain('"faults"');
}

beforeAll(() => trace('process', real), 120_000);

async function isTakenAgain(store: string): Promise<void> {
  const { code, stdout } = await hermes('replay', '--trace', '--store', store, '--json');
  const taken = JSON.parse(stdout) as TraceReplay;
  expect(taken).toMatchObject({ valid: true, deviations: [] });
  expect(taken.lives).toBeGreaterThan(3); // somebody was killed and came back
  expect(taken.steps).toBeGreaterThan(1000);
  expect(code).toBe(0);
}

test(
  'what replicas did on sockets, through kills, fresh machines do again, byte for byte',
  () => isTakenAgain(real),
  60_000,
);

const trouble = await noDocker();

test.skipIf(trouble !== undefined)(
  'and what they did in containers',
  async () => {
    const store = join(dir, 'containers');
    await trace('docker', store);
    await isTakenAgain(store);
  },
  180_000,
);

test('a trace in which one answer was changed is caught', async () => {
  const path = join(real, 'latest', 'trace.jsonl');
  const sound = readFileSync(path, 'utf8');
  const lines = sound.split('\n');
  const at = lines.findIndex(
    (line, i) => i > 500 && line.includes('"output"') && !line.includes('"bytes":""'),
  );
  const event = JSON.parse(lines[at] as string) as { bytes: string };
  const bytes = Buffer.from(event.bytes, 'base64');
  bytes[0] = (bytes[0] as number) ^ 1;
  lines[at] = JSON.stringify({ ...event, bytes: bytes.toString('base64') });
  writeFileSync(path, lines.join('\n'));
  const { code, stdout } = await hermes('replay', '--trace', '--store', real);
  writeFileSync(path, sound);
  expect(stdout).toContain('1 life that a fresh machine does not repeat');
  expect(code).toBe(1);
}, 60_000);

test('one write of it is drawn as on paper', async () => {
  const svg = join(dir, 'one.svg');
  const { code, stdout } = await hermes('diagram', '--store', real, '--svg', svg);
  expect(code).toBe(0);
  for (const part of [/c\d+ write/, /INV \d/, /ACK \d/, /VAL \d/, /W \d/, /V \d/])
    expect(stdout).toMatch(part);
  // Three members: two INVs, two ACKs, and who was told.
  expect(stdout.match(/─ACK/g)?.length).toBeGreaterThanOrEqual(2);
  expect(readFileSync(svg, 'utf8')).toMatch(/^<svg /);
}, 60_000);

test('a simulated run is repeated to the last byte, and shrinks to a handful of steps', async () => {
  await hermes(
    ...['fuzz', '--runtime', 'sim', '--bug', 'read-while-invalid', '--seed', '1', '--json'],
    ...['--ops', '300', '--keys', '3', '--store', simulated, '--no-report'],
  );
  const [run] = [join(simulated, 'latest')];
  const { code, stdout } = await hermes('shrink', run, '--store', simulated, '--json');
  expect(code).toBe(0);
  const shrunk = JSON.parse(stdout) as ShrinkResult;
  expect(shrunk.after.operations).toBeLessThan(10);
  expect(shrunk.steps?.after).toBeLessThan(20);
  expect(shrunk.diagram).toContain('INV');
  const again = await hermes('replay', run, '--store', simulated);
  expect(again.stdout).toContain('to the last byte');
  expect(again.code).toBe(1); // invalid, as before
}, 120_000);
