/**
 * How fast histories are judged, against Porcupine on the same histories in the same run.
 *
 *     node bench/check.ts [--sizes 10000,100000,1000000,10000000] [--rows unique,small,keys]
 *         [--clients 5,10,30,100] [--lost 0,10,50] [--command] [--porcupine PATH] [--limit 20]
 *
 * Wall time of the check alone, on one core: first in a cold process (and its CPU time, that of the
 * compiler's threads included), then the best of three; CPU time of reading; peak memory; with lost
 * operations, how many times as long as the same row without (warm); how many times as long Porcupine took,
 * by the wall clock too, as we did cold and warm; the load of the machine. `--command`: seconds of the whole
 * command, reading included.
 *
 * PATH (or HERMES_PORCUPINE) is a program that takes `-init V -limit SECONDS FILE` and prints a line of JSON
 * with `valid`, `checkMs` (wall) and `heapSysMB`; it is asked only about histories of up to 100,000
 * operations, or of many keys. One key of 10 clients takes it 10 GB.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, unlinkSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Shape, writeHistory } from './check-histories.ts';

const COMMAND = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const ONE = fileURLToPath(new URL('./check-one.ts', import.meta.url));
/** Porcupine takes gigabytes beyond this on one key. */
const PORCUPINE_MAX = 100_000;

const { values: flags } = parseArgs({
  options: {
    sizes: { type: 'string', default: '10000,100000,1000000' },
    rows: { type: 'string', default: 'unique,small,keys' },
    clients: { type: 'string', default: '5,10,30,100' },
    lost: { type: 'string', default: '0,10,50' },
    porcupine: { type: 'string', default: process.env['HERMES_PORCUPINE'] ?? '' },
    limit: { type: 'string', default: '20' },
    command: { type: 'boolean', default: false },
  },
});

const numbers = (text: string): number[] => text.split(',').map(Number);

function* shapes(): Iterable<Shape> {
  for (const operations of numbers(flags.sizes))
    for (const row of flags.rows.split(',')) {
      const many = row === 'keys';
      for (const values of many ? [0, 5] : [row === 'small' ? 5 : 0])
        for (const clients of many ? [30] : numbers(flags.clients)) {
          // Always-busy clients on few values: no peer, and no need, beyond 30.
          if (values > 0 && clients > 30) continue;
          for (const lostPermille of numbers(flags.lost))
            yield {
              operations,
              clients,
              values,
              lostPermille,
              keys: many ? Math.ceil(operations / 200) : 1,
            };
        }
    }
}

interface One {
  readonly valid: boolean | null;
  readonly checker: string;
  readonly readCpuMs: number;
  readonly checkCpuMs: number;
  readonly checkWallMs: number;
  readonly warmCpuMs: number;
  readonly warmWallMs: number;
  readonly maxRssMb: number;
}

interface Peer {
  readonly valid: boolean | 'unknown';
  readonly checkMs: number;
  readonly heapSysMB: number;
}

function lastJson<T>(program: string, args: readonly string[], seconds: number): T | undefined {
  const { stdout } = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: seconds * 1000,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = stdout.trim().split('\n').at(-1) ?? '';
  try {
    return JSON.parse(line) as T;
  } catch {
    return undefined;
  }
}

/** What Porcupine needed, and how many times as long that is as each of `own` (ms). */
function peerOf(path: string, { operations, keys }: Shape, own: readonly number[]): string[] {
  const none = own.map(() => '–');
  if (flags.porcupine === '' || (keys === 1 && operations > PORCUPINE_MAX)) return ['–', ...none];
  const limit = Number(flags.limit);
  const found = lastJson<Peer>(
    flags.porcupine,
    ['-init', '0', '-limit', flags.limit, path],
    2 * limit + 60,
  );
  if (found === undefined) return ['failed', ...none];
  const ratios = (ms: number): string[] =>
    own.map((mine) => (ms / mine).toFixed(ms / mine < 10 ? 1 : 0));
  if (found.valid === 'unknown')
    return [`> ${limit} s`, ...ratios(limit * 1000).map((ratio) => `> ${ratio}`)];
  const seconds = (found.checkMs / 1000).toFixed(2);
  return [`${seconds} s, ${found.heapSysMB} MB`, ...ratios(found.checkMs)];
}

/** Seconds of the whole command, as a person waits for it. */
function commandOf(path: string): string {
  if (!flags.command) return '–';
  const began = performance.now();
  const { status } = spawnSync(process.execPath, [COMMAND, 'check', '--verdict-only', path], {
    stdio: 'ignore',
  });
  const seconds = ((performance.now() - began) / 1000).toFixed(2);
  return status === 0 ? seconds : `${seconds} (${status})`;
}

const HEAD = [
  ...['history', 'cold ms', 'cpu ms', 'warm ms', '× lost', 'read ms', 'MB', 'whole s'],
  ...['porcupine (wall)', '÷ cold', '÷ warm', 'load', 'by'],
];
const WIDTHS = [-46, 9, 8, 9, 8, 9, 7, 9, 19, 8, 8, 6, 0];
const print = (cells: readonly string[]): void =>
  console.log(
    cells
      .map((cell, i) => {
        const width = WIDTHS[i] as number;
        return width < 0 ? cell.padEnd(-width) : width === 0 ? `  ${cell}` : cell.padStart(width);
      })
      .join(''),
  );

function nameOf({ operations, clients, values, lostPermille, keys }: Shape): string {
  const domain = values === 0 ? 'unique' : `${values} values`;
  const many = keys > 1 ? `, ${keys} keys` : '';
  return `${operations / 1000}k, ${clients} clients, ${domain}, ${lostPermille / 10} % lost${many}`;
}

/** Milliseconds, warm, of the rows without lost operations. */
const plain = new Map<string, number>();

/** How many times as long as the same row without lost operations. */
function timesPlain(shape: Shape, warmMs: number): string {
  const twin = JSON.stringify({ ...shape, lostPermille: 0 });
  if (shape.lostPermille === 0) plain.set(twin, warmMs);
  const without = plain.get(twin);
  return shape.lostPermille === 0 || without === undefined ? '–' : (warmMs / without).toFixed(1);
}

function row(shape: Shape, path: string): string[] {
  writeHistory(path, shape);
  const one = lastJson<One>(process.execPath, [ONE, path, '4'], 600);
  const ms = (x: number | undefined): string => (x === undefined ? '?' : x.toFixed(x < 10 ? 1 : 0));
  const { checkWallMs: cold = Number.NaN, warmWallMs: warm = Number.NaN } = one ?? {};
  return [
    nameOf(shape),
    ...[cold, one?.checkCpuMs, warm].map(ms),
    timesPlain(shape, warm),
    ...[one?.readCpuMs, one?.maxRssMb].map(ms),
    commandOf(path),
    ...peerOf(path, shape, [cold, warm]),
    (loadavg()[0] as number).toFixed(1),
    `${one?.valid === true ? '' : 'NOT VALID '}${one?.checker ?? 'failed'}`,
  ];
}

const dir = mkdtempSync(join(tmpdir(), 'hermes-bench-'));
try {
  print(HEAD);
  for (const shape of shapes()) {
    const path = join(dir, 'history.jsonl');
    print(row(shape, path));
    unlinkSync(path);
  }
} finally {
  rmSync(dir, { recursive: true, force: true });
}
