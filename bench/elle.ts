/**
 * How fast histories of transactions are judged: 1–4 micro-operations, 10 keys in use at a time, at most
 * 32 writes of each, 20 clients, 0.2 % crashed, 1 % aborted. From a store that runs them serially (valid)
 * and from one that is read-committed.
 *
 *     node bench/elle.ts [--sizes 10000,100000,1000000] [--kinds list-append,rw-register] [--levels serial,rc] [--keep DIR]
 *
 * CPU and wall time of the verdict alone (all classes decided; of registers the search for a serial order,
 * on which it depends): in a cold process, then the best of three; CPU of the verdict with its serial order
 * played through or its evidence verified, and planted violations; of reading JSON lines into columns; peak
 * memory of the process. DIR keeps the histories.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { random } from '../src/base/random.ts';
import { type Level, storeEvents } from '../src/checkers/elle/store.case.ts';
import type { TxnKind } from '../src/history/packed/txns.ts';
import { Lines } from './check-histories.ts';

const ONE = fileURLToPath(new URL('./elle-one.ts', import.meta.url));

const { values: flags } = parseArgs({
  options: {
    sizes: { type: 'string', default: '10000,100000,1000000' },
    kinds: { type: 'string', default: 'list-append,rw-register' },
    levels: { type: 'string', default: 'serial,rc' },
    keep: { type: 'string' },
  },
});

/** The same shape, the same file. */
function write(path: string, kind: TxnKind, level: Level, txns: number): void {
  const out = new Lines(path);
  out.line(JSON.stringify({ hermes: 1, model: kind }));
  const events = storeEvents(random(`bench/elle/${kind}/${level}`), {
    kind,
    level,
    txns,
    clients: 20,
    keys: 10,
    microsMax: 4,
    crashed: 0.2,
    aborted: 1,
    writesPerKey: 32,
  });
  for (const event of events) out.line(JSON.stringify(event));
  out.close();
}

interface One {
  readonly types: Readonly<Record<string, number>>;
  readonly readCpuMs: number;
  readonly coldCpuMs: number;
  readonly coldWallMs: number;
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly wholeCpuMs: number;
  readonly valid: boolean | 'unknown';
  readonly proved: boolean;
  readonly maxRssMb: number;
}

function measure(path: string): One | undefined {
  const { stdout } = spawnSync(process.execPath, [ONE, path, '3'], {
    encoding: 'utf8',
    timeout: 300_000,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return stdout === '' ? undefined : (JSON.parse(stdout) as One);
}

const print = (...cells: readonly string[]): void =>
  console.log(cells.map((cell, i) => (i === 0 ? cell.padEnd(30) : cell.padStart(11))).join(''));

const dir = flags.keep ?? mkdtempSync(join(tmpdir(), 'hermes-bench-'));
mkdirSync(dir, { recursive: true });
try {
  print(
    'history',
    'cold CPU',
    'cold wall',
    'warm CPU',
    'warm wall',
    'with proof',
    'read CPU',
    'MB',
    '  verdict',
  );
  for (const kind of flags.kinds.split(',') as TxnKind[])
    for (const level of flags.levels.split(',') as Level[])
      for (const txns of flags.sizes.split(',').map(Number)) {
        const path = join(dir, `${kind}-${level}-${txns}.jsonl`);
        if (!existsSync(path)) write(path, kind, level, txns);
        const one = measure(path);
        if (flags.keep === undefined) rmSync(path);
        const ms = (x: number | undefined): string => x?.toFixed(0) ?? '?';
        const types = Object.entries(one?.types ?? { failed: 0 }).map(
          ([type, n]) => `${type} ${n}`,
        );
        print(
          `${kind} ${level} ${txns / 1000}k`,
          ...[
            one?.coldCpuMs,
            one?.coldWallMs,
            one?.cpuMs,
            one?.wallMs,
            one?.wholeCpuMs,
            one?.readCpuMs,
          ].map(ms),
          ms(one?.maxRssMb),
          `  ${one?.valid === false ? types.join(', ') : one?.valid === true ? (one.proved ? 'valid, proved' : 'valid, NOT PROVED') : 'NOT DECIDED'}`,
        );
      }
} finally {
  if (flags.keep === undefined) rmSync(dir, { recursive: true, force: true });
}
