/**
 * Reads one history of transactions and judges it, alone in its process: prints times and memory as JSON.
 *
 *     node bench/elle-one.ts FILE [repetitions]
 */
import { judgeTxns } from '../src/checkers/elle/judge-transactions.ts';
import type { Verdict } from '../src/checkers/verdict.ts';
import { readPacked } from '../src/history/packed/read-packed.ts';

interface Timed<T> {
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly result: T;
}

async function timed<T>(fn: () => T | Promise<T>): Promise<Timed<T>> {
  const before = process.cpuUsage();
  const began = performance.now();
  const result = await fn();
  const wallMs = performance.now() - began;
  const { user, system } = process.cpuUsage(before);
  return { cpuMs: (user + system) / 1000, wallMs, result };
}

const [path = '', repetitions = '1'] = process.argv.slice(2);
const read = await timed(() => readPacked(path));
const txns = read.result?.txns;
if (txns === undefined) throw new Error(`${path} is not of the usual form`);
const runs: Timed<Verdict>[] = [];
for (let i = 0; i < Number(repetitions); i++)
  runs.push(await timed(() => judgeTxns(txns, { verdictOnly: true })));
const best = (of: 'cpuMs' | 'wallMs'): number => Math.min(...runs.map((run) => run[of]));
const whole = await timed(() => judgeTxns(txns));
console.log(
  JSON.stringify({
    types: runs[0]?.result.consistency?.found,
    valid: whole.result.valid,
    proved: whole.result.valid === true && whole.result.serialOrder !== undefined,
    readCpuMs: read.cpuMs,
    coldCpuMs: runs[0]?.cpuMs,
    coldWallMs: runs[0]?.wallMs,
    cpuMs: best('cpuMs'),
    wallMs: best('wallMs'),
    wholeCpuMs: whole.cpuMs,
    maxRssMb: process.resourceUsage().maxRSS / 1024,
  }),
);
