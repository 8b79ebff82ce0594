/**
 * What shaped links do to datagrams, measured: by netem where this machine's kernel has it, or under a
 * kernel that has, started by the command in `HERMES_NETEM_VM` (its words, then the program). What needs
 * no netem is measured here in any case.
 */
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { probeNetns } from './probe.ts';
import type { Heard, LabReport } from './shaping-lab.case.ts';
import { tool } from './tool.ts';
import { unshareCommand } from './unshare.ts';

const { privilege, abilities } = await probeNetns();
const here = privilege !== null;
const emulator = process.env['HERMES_NETEM_VM']?.split(' ').filter((word) => word !== '') ?? [];
const netemHere = here && abilities.netem === true;
const NETEM = ['delay', 'uniform', 'normal', 'pareto', 'reorder', 'duplicate', 'corrupt', 'rate'];
/** An emulated machine is some ten times slower, and shares ours. */
const EMULATED_MS = 240_000;

async function run(names: readonly string[], prefix: readonly string[] = []): Promise<LabReport> {
  const lab = fileURLToPath(new URL('./shaping-lab.case.ts', import.meta.url));
  const way = prefix.length > 0 ? 'root' : (privilege ?? 'root');
  const command = [...prefix, ...unshareCommand(way, [process.execPath, lab, ...names])];
  const said = await tool(command, { timeoutMs: EMULATED_MS });
  return JSON.parse(said.trim().split('\n').at(-1) as string) as LabReport;
}

const times = ({ arrivals }: Heard): number[] => arrivals.map(({ ms }) => ms);
const fastest = (heard: Heard): number => Math.min(...times(heard));
const slowest = (heard: Heard): number => Math.max(...times(heard));
const numbers = ({ arrivals }: Heard): number => new Set(arrivals.map((each) => each.number)).size;
const overtaken = ({ arrivals }: Heard): number =>
  arrivals.filter(({ number }, i) => i > 0 && number < (arrivals[i - 1]?.number ?? 0)).length;
/** A share of so many, give or take five standard deviations. */
function expectShare(count: number, of: number, share: number): void {
  const deviation = 5 * Math.sqrt(of * share * (1 - share));
  expect(count).toBeGreaterThan(of * share - deviation);
  expect(count).toBeLessThan(of * share + deviation);
}

/** Both ways to the disturbed node: its own address and its stand-in in the hub. */
const struck = (report: LabReport, name: string): Heard[] => {
  const { heard } = report.measured[name] as NonNullable<(typeof report.measured)[string]>;
  return [heard.n2, heard.hub];
};
const counters = (report: LabReport, name: string): Readonly<Record<string, number>> =>
  report.measured[name]?.counters ?? {};

function expectRateAndCopies(report: LabReport): void {
  const rate = report.measured['rate']?.heard.n2 as Heard;
  const { packetsPassed, packetsDiscarded, timesThrottled } = counters(report, 'rate');
  expect(packetsPassed).toBe(rate.arrivals.length);
  expect(packetsDiscarded).toBe(rate.sent - rate.arrivals.length);
  expect(timesThrottled).toBeGreaterThan(0);
  // 80 kbit/s are 10 bytes in a millisecond; 3,200 pass at once.
  expect(slowest(rate)).toBeGreaterThan((rate.arrivals.length * 1000 - 3200) / 10);

  const heard = struck(report, 'duplicate');
  for (const each of heard) expect(numbers(each)).toBe(each.sent);
  const arrived = heard.reduce((sum, { arrivals }) => sum + arrivals.length, 0);
  expectShare(arrived - 160, 160, 0.5);
  const { packetsDuplicated, packetsExposed } = counters(report, 'duplicate');
  if (packetsDuplicated === undefined) expect(packetsExposed).toBe(arrived);
  else expect(packetsDuplicated).toBe(arrived - 160);
}

function expectUndone(report: LabReport): void {
  for (const heard of [report.before, report.after])
    for (const each of Object.values(heard)) {
      expect(each.arrivals).toHaveLength(each.sent);
      expect(fastest(each)).toBeLessThan(60);
    }
  expect(report.left.queues.trim()).toMatch(/^qdisc noqueue 0: root .*$/);
  expect(report.left.rules).not.toContain('HERMES');
}

/** Whatever n1 → n2 suffers, n1 → n3 does not. */
function expectOthersSpared(report: LabReport): void {
  for (const [name, { heard }] of Object.entries(report.measured)) {
    if (name === 'rate') continue;
    expect(heard.n3.arrivals, name).toHaveLength(heard.n3.sent);
    expect(overtaken(heard.n3), name).toBe(0);
    expect(fastest(heard.n3), name).toBeLessThan(60);
  }
}

const natively = here && abilities.tbf === true && abilities.copies === true;
test.skipIf(!natively)('a rate and copies, measured, without netem', async () => {
  const report = await run(['rate', 'duplicate']);
  expectRateAndCopies(report);
  expectOthersSpared(report);
  expectUndone(report);
});

const why = netemHere ? '' : emulator.length > 0 ? ', emulated' : ' (skipped: no sch_netem here)';
describe.skipIf(!netemHere && emulator.length === 0)(`netem${why}`, () => {
  let report: LabReport;
  beforeAll(async () => {
    report = await run(NETEM, netemHere ? [] : emulator);
  }, EMULATED_MS);

  test('can do everything', () => {
    expect(new Set(Object.values(report.can))).toEqual(new Set([true]));
  });

  test('delays: none too early, each by the law that was asked for', () => {
    for (const heard of ['delay', 'uniform', 'normal', 'pareto'].flatMap((name) =>
      struck(report, name),
    ))
      expect(numbers(heard)).toBe(heard.sent);
    for (const heard of struck(report, 'delay')) expect(fastest(heard)).toBeGreaterThanOrEqual(80);
    for (const heard of struck(report, 'uniform')) {
      expect(fastest(heard)).toBeGreaterThanOrEqual(80);
      expect(slowest(heard)).toBeGreaterThan(120);
    }
    for (const heard of struck(report, 'normal')) {
      expect(fastest(heard)).toBeGreaterThanOrEqual(150 - 4 * 30);
      expect(fastest(heard)).toBeLessThan(150);
      expect(slowest(heard)).toBeGreaterThan(180);
    }
    for (const heard of struck(report, 'pareto')) {
      expect(fastest(heard)).toBeGreaterThanOrEqual(100 - (2 / 3) * 60);
      expect(fastest(heard)).toBeLessThan(100);
      expect(slowest(heard)).toBeGreaterThan(130);
    }
    for (const name of ['delay', 'uniform', 'normal', 'pareto'])
      expect(counters(report, name)).toEqual({ packetsDelayed: 160, packetsDiscarded: 0 });
  });

  test('reorders: some are held and overtaken, none is lost, and they are counted', () => {
    const heard = struck(report, 'reorder');
    for (const each of heard) expect(each.arrivals).toHaveLength(each.sent);
    const { packetsReordered } = counters(report, 'reorder');
    expectShare(packetsReordered ?? 0, 160, 0.3);
    expect(heard.reduce((sum, each) => sum + overtaken(each), 0)).toBeGreaterThan(10);
    const held = heard.flatMap(times).filter((ms) => ms >= 60).length;
    expect(held).toBeGreaterThanOrEqual(packetsReordered ?? 0);
  });

  test('corrupts: what is struck is dropped by its checksum, nothing false arrives', () => {
    const heard = struck(report, 'corrupt');
    const arrivals = heard.flatMap((each) => each.arrivals);
    expectShare(arrivals.length, 160, 0.6);
    expect(arrivals.filter(({ intact }) => !intact)).toEqual([]);
    expect(counters(report, 'corrupt')).toEqual({ packetsExposed: 160, packetsDiscarded: 0 });
  });

  test('limits a rate and sends copies', () => expectRateAndCopies(report));

  test('two on one link add up; one undone, the other stays, and what was held still arrives', () => {
    const { both, during, second } = report.together as NonNullable<LabReport['together']>;
    for (const heard of [both, during, second])
      for (const target of [heard.n2, heard.hub]) expect(numbers(target)).toBe(target.sent);
    expect(fastest(both.n2)).toBeGreaterThanOrEqual(210);
    expect(slowest(during.n2)).toBeGreaterThanOrEqual(210);
    expect(fastest(during.n2)).toBeLessThan(210);
    expect(fastest(second.n2)).toBeGreaterThanOrEqual(60);
    expect(fastest(second.n2)).toBeLessThan(150);
    expect(fastest(both.n3)).toBeLessThan(60);
  });

  test('a fault that tc refuses leaves the others as they were', () => {
    const { said, other } = report.refused as NonNullable<LabReport['refused']>;
    // Older kernels take both.
    if (said !== '') expect(said).toContain('cannot mix duplicating netems');
    expect(numbers(other.n2)).toBe(other.n2.sent);
    expect(fastest(other.n2)).toBeGreaterThanOrEqual(80);
    expect(fastest(other.n3)).toBeLessThan(60);
    expect(other.n3.arrivals).toHaveLength(other.n3.sent);
  });

  test('strikes no other link, and undone leaves nothing', () => {
    expectOthersSpared(report);
    expectUndone(report);
  });
});
