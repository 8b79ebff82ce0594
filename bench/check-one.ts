/**
 * Reads one history and judges it, alone in its process: prints CPU times and memory as JSON.
 *
 *     node bench/check-one.ts FILE [repetitions]
 */
import { checkPacked } from '../src/checkers/check-packed.ts';
import { readPacked } from '../src/history/packed/read-packed.ts';

/** Begins to measure; answers with what reads off the time since. */
function stopwatch(): () => { ms: number; wall: number } {
  const before = process.cpuUsage();
  const began = performance.now();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return { ms: (user + system) / 1000, wall: performance.now() - began };
  };
}

const [path = '', repetitions = '1'] = process.argv.slice(2);
const reading = stopwatch();
const history = await readPacked(path);
const read = reading();
if (history === undefined) throw new Error(`${path} is not of the usual form`);
const runs = Array.from({ length: Number(repetitions) }, () => {
  const judging = stopwatch();
  const verdict = checkPacked(history, { verdictOnly: true });
  return { ...judging(), verdict };
});
const [first] = runs;
console.log(
  JSON.stringify({
    valid: first?.verdict?.valid ?? null,
    checker: first?.verdict?.checker ?? null,
    readCpuMs: read.ms,
    checkCpuMs: first?.ms,
    checkWallMs: first?.wall,
    warmCpuMs: Math.min(...runs.map(({ ms }) => ms)),
    warmWallMs: Math.min(...runs.map(({ wall }) => wall)),
    maxRssMb: process.resourceUsage().maxRSS / 1024,
  }),
);
