/**
 * How fast histories are judged, against Porcupine on the same histories in the same run.
 *
 *     node bench/check.ts [--sizes 10000,100000,1000000,10000000] [--rows unique,small,keys]
 *         [--clients 5,10,30,100] [--lost 0,10,50] [--command] [--porcupine PATH] [--limit 20]
 *
 * CPU time of the check alone, first in a cold process, then the best of three; CPU of reading; peak memory;
 * how many times as long Porcupine took (both by the wall clock, ours cold); the load of the machine.
 * `--command`: seconds of the whole command too, reading included. PATH (or HERMES_PORCUPINE) is a program that takes `-init V -limit SECONDS FILE` and prints a line of
 * JSON with `valid`, `checkMs` (wall) and `heapSysMB`; it is asked only about histories of up to 100,000
 * operations, or of many keys.
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

/** What Porcupine needed, and how many times as long that is as `ownMs`. */
function peerOf(path: string, { operations, keys }: Shape, ownMs: number): [string, string] {
  if (flags.porcupine === '' || (keys === 1 && operations > PORCUPINE_MAX)) return ['–', '–'];
  const limit = Number(flags.limit);
  const found = lastJson<Peer>(
    flags.porcupine,
    ['-init', '0', '-limit', flags.limit, path],
    2 * limit + 60,
  );
  if (found === undefined) return ['failed', '–'];
  if (found.valid === 'unknown')
    return [`> ${limit} s`, `> ${((limit * 1000) / ownMs).toFixed(0)}`];
  const seconds = (found.checkMs / 1000).toFixed(2);
  return [`${seconds} s, ${found.heapSysMB} MB`, (found.checkMs / ownMs).toFixed(1)];
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

const COLUMNS = [46, 9, 9, 9, 9, 7, 9, 20, 9, 7, 34];
const print = (...cells: readonly string[]): void =>
  console.log(
    cells.map((cell, i) => (i === 0 ? cell.padEnd(46) : cell.padStart(COLUMNS[i] ?? 9))).join(''),
  );

const dir = mkdtempSync(join(tmpdir(), 'hermes-bench-'));
try {
  print(
    ...['history', 'cold ms', 'warm ms', 'wall ms', 'read ms', 'MB', 'whole s'],
    ...['porcupine (wall)', 'ratio', 'load', 'by'],
  );
  for (const shape of shapes()) {
    const path = join(dir, 'history.jsonl');
    writeHistory(path, shape);
    const one = lastJson<One>(process.execPath, [ONE, path, '3'], 300);
    const { operations, clients, values, lostPermille, keys } = shape;
    const name = `${operations / 1000}k, ${clients} clients, ${values === 0 ? 'unique' : `${values} values`}, ${lostPermille / 10} % lost${keys > 1 ? `, ${keys} keys` : ''}`;
    const ms = (x: number | undefined): string => (x === undefined ? '?' : x.toFixed(0));
    print(
      name,
      ...[one?.checkCpuMs, one?.warmCpuMs, one?.checkWallMs, one?.readCpuMs, one?.maxRssMb].map(ms),
      commandOf(path),
      ...peerOf(path, shape, one?.checkWallMs ?? Number.NaN),
      (loadavg()[0] as number).toFixed(1),
      `${one?.valid === true ? '' : 'NOT VALID '}${one?.checker ?? 'failed'}`,
    );
    unlinkSync(path);
  }
} finally {
  rmSync(dir, { recursive: true, force: true });
}
