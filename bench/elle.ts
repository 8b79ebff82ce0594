/**
 * How fast histories of transactions are judged: 1–4 micro-operations, 10 keys in use at a time, at most
 * 32 writes of each, 20 clients, 0.2 % crashed, 1 % aborted. From a store that runs them serially (valid)
 * and from one that is read-committed. CPU time of the judgement alone, columns in memory, best of three;
 * of the columns from events; and the memory of the process.
 *
 *     node bench/elle.ts [transactions]      default 100,000; 1,000,000 wants 4 GB
 */
import { random } from '../src/base/random.ts';
import { judge, refutedBy } from '../src/checkers/elle/judge.ts';
import { type Level, runStore } from '../src/checkers/elle/store.case.ts';
import type { TxnKind } from '../src/history/packed/txns.ts';
import { columnsOf } from '../src/checkers/elle/txns.ts';

const txns = Number(process.argv[2] ?? 100_000);
const only = process.argv[3];

function cpuMs(f: () => void): number {
  const before = process.cpuUsage();
  f();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function measure(kind: TxnKind, level: Level): void {
  const events = runStore(random(`bench/elle/${kind}/${level}`), {
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
  let columns = columnsOf(events, kind);
  const reading = cpuMs(() => {
    columns = columnsOf(events, kind);
  });
  let best = Infinity;
  let types = '';
  for (let i = 0; i < 3; i++) {
    const took = cpuMs(() => {
      const refuted = refutedBy(judge(columns), ['strict-serializable']);
      types = [...refuted.types].map(([type, n]) => `${type} ${n}`).join(', ');
    });
    best = Math.min(best, took);
  }
  const rss = Math.round(process.memoryUsage().rss / 2 ** 20);
  console.log(
    `${kind.padEnd(11)} ${level.padEnd(6)} ${txns} transactions: check ${best.toFixed(0)} ms, columns from events ${reading.toFixed(0)} ms, ${rss} MB with the events; ${types === '' ? 'valid' : types}`,
  );
}

for (const kind of ['list-append', 'rw-register'] as const)
  for (const level of ['serial', 'rc'] as const)
    if (only === undefined || only === `${kind}/${level}`) measure(kind, level);
