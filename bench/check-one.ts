/**
 * Reads one history and judges it, alone in its process: prints CPU times and memory as JSON.
 *
 *     node bench/check-one.ts FILE [repetitions]
 */
import { checkPacked } from '../src/checkers/check-packed.ts';
import { readPacked } from '../src/history/packed/read-packed.ts';

function cpu<T>(fn: () => T): { ms: number; wall: number; result: T } {
  const before = process.cpuUsage();
  const began = performance.now();
  const result = fn();
  const wall = performance.now() - began;
  const { user, system } = process.cpuUsage(before);
  return { ms: (user + system) / 1000, wall, result };
}

const [path = '', repetitions = '1'] = process.argv.slice(2);
const read = cpu(() => readPacked(path));
const history = read.result;
if (history === undefined) throw new Error(`${path} is not of the usual form`);
const runs = Array.from({ length: Number(repetitions) }, () =>
  cpu(() => checkPacked(history, { verdictOnly: true })),
);
const [first] = runs;
console.log(
  JSON.stringify({
    valid: first?.result?.valid ?? null,
    checker: first?.result?.checker ?? null,
    readCpuMs: read.ms,
    checkCpuMs: first?.ms,
    checkWallMs: first?.wall,
    warmCpuMs: Math.min(...runs.map(({ ms }) => ms)),
    warmWallMs: Math.min(...runs.map(({ wall }) => wall)),
    maxRssMb: process.resourceUsage().maxRSS / 1024,
  }),
);
