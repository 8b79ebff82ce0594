/**
 * Reads one history of transactions and judges it, alone in its process: prints times and memory as JSON.
 *
 *     node bench/elle-one.ts FILE list-append|rw-register [repetitions]
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { judge, refutedBy } from '../src/checkers/elle/judge.ts';
import { columnsOf } from '../src/checkers/elle/txns.ts';
import type { HistoryEvent } from '../src/history/event.ts';
import { isTxnKind } from '../src/history/packed/txns.ts';

interface Timed<T> {
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly result: T;
}

function timed<T>(fn: () => T): Timed<T> {
  const before = process.cpuUsage();
  const began = performance.now();
  const result = fn();
  const wallMs = performance.now() - began;
  const { user, system } = process.cpuUsage(before);
  return { cpuMs: (user + system) / 1000, wallMs, result };
}

/** Line by line, so that only columns are in memory. */
function* eventsOf(path: string): Generator<HistoryEvent> {
  const file = openSync(path, 'r');
  const block = Buffer.allocUnsafe(1 << 20);
  let kept = '';
  for (let got = 1; got > 0;) {
    got = readSync(file, block, 0, block.length, null);
    const lines = (kept + block.toString('latin1', 0, got)).split('\n');
    kept = lines.pop() ?? '';
    for (const line of lines)
      if (!line.startsWith('{"hermes"')) yield JSON.parse(line) as HistoryEvent;
  }
  closeSync(file);
}

const [path = '', kind = '', repetitions = '1'] = process.argv.slice(2);
if (!isTxnKind(kind)) throw new Error(`${kind} is no kind of transactions`);
const read = timed(() => columnsOf(eventsOf(path), kind));
const runs = Array.from({ length: Number(repetitions) }, () =>
  timed(() => refutedBy(judge(read.result), ['strict-serializable'])),
);
const best = (of: 'cpuMs' | 'wallMs'): number => Math.min(...runs.map((run) => run[of]));
console.log(
  JSON.stringify({
    types: Object.fromEntries(runs[0]?.result.types ?? []),
    readCpuMs: read.cpuMs,
    coldCpuMs: runs[0]?.cpuMs,
    coldWallMs: runs[0]?.wallMs,
    cpuMs: best('cpuMs'),
    wallMs: best('wallMs'),
    maxRssMb: process.resourceUsage().maxRSS / 1024,
  }),
);
