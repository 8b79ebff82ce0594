/**
 * How fast a replica serves clients: redis-benchmark against one of three on direct links, beside a
 * bare RESP server in the same Node (`resp-ceiling.ts`), run in turns on the same machine, so that the
 * ratio means something where absolute numbers do not. Medians of the rounds.
 *
 *     npm run bench:resp -- [rounds] [requests]      default 3 and 200,000; wants redis-benchmark
 *
 * HERMES_BENCH_PROFILE=DIR writes a CPU profile of each replica.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const rounds = Number(process.argv[2] ?? 3);
const requests = Number(process.argv[3] ?? 200_000);
const profile = process.env['HERMES_BENCH_PROFILE'];

const SHAPES = [
  { name: '-P 16', args: ['-P', '16'], requests },
  { name: '-P 16 -r 100000', args: ['-P', '16', '-r', '100000'], requests },
  { name: '-P 1', args: ['-P', '1'], requests: Math.ceil(requests / 4) },
];

/** Best of several on two cores of an idle machine, operations a second: see the tooling notes. */
const KNOWN = {
  'redis-server': { '-P 16': 590_000, '-P 1': 120_000 },
  'bare Node server': { '-P 16': 395_000, '-P 1': 58_000 },
  'bare sketch, 3 nodes': { '-P 16': 151_000, '-P 1': 18_300 },
} as const;

interface Measured {
  /** Requests a second. */
  readonly rate: number;
  /** CPU time per request of each process, µs. */
  readonly cpuUs: readonly number[];
}

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'hermes-bench-'));
const children: ChildProcess[] = [];

function start(args: readonly string[], flags: readonly string[] = []): ChildProcess {
  const child = spawn(process.execPath, [...flags, ...args], {
    stdio: 'ignore',
  });
  children.push(child);
  return child;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  for (const server of servers) server.close();
  return ports;
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const socket = connect(port, '127.0.0.1');
    // eslint-disable-next-line no-await-in-loop
    const up = await new Promise((done) => {
      socket.once('connect', () => done(true));
      socket.once('error', () => done(false));
    });
    socket.destroy();
    if (up === true) return;
    // eslint-disable-next-line no-await-in-loop
    await pause(50);
  }
  throw new Error(`nobody listens on port ${port}`);
}

function startReplicas(ports: readonly number[], peerPorts: readonly number[]): ChildProcess[] {
  return ports.map((port, i) => {
    const peers = peerPorts.flatMap((p, j) => (j === i ? [] : [`${j + 1}=127.0.0.1:${p}`]));
    const flags =
      profile === undefined
        ? []
        : ['--cpu-prof', '--cpu-prof-dir', profile, '--cpu-prof-name', `n${i + 1}.cpuprofile`];
    return start(
      [
        ...[source('../src/node/main.ts'), '--id', String(i + 1), '--data', join(dir, `n${i + 1}`)],
        ...['--listen', `127.0.0.1:${port}`, '--peer-listen', `127.0.0.1:${peerPorts[i]}`],
        ...['--peers', peers.join(','), '--bootstrap'],
      ],
      flags,
    );
  });
}

/** Runs redis-benchmark against a port; `processes`: whose CPU time is told. */
async function benchmark(
  port: number,
  processes: readonly ChildProcess[],
  operation: 'set' | 'get',
  shape: (typeof SHAPES)[number],
): Promise<Measured> {
  const before = processes.map(cpuMs);
  const { stdout } = await run('redis-benchmark', [
    ...['-h', '127.0.0.1', '-p', String(port), '-t', operation, '-c', '50', '-d', '32', '--csv'],
    ...['-n', String(shape.requests), ...shape.args],
  ]);
  const rate = Number(/^"[SG]ET","([\d.]+)"/m.exec(stdout)?.[1] ?? Number.NaN);
  const used = processes.map((child, i) => cpuMs(child) - (before[i] as number));
  return { rate, cpuUs: used.map((ms) => (ms * 1000) / shape.requests) };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

/** CPU time that a process has used, in ms (Linux). */
function cpuMs(child: ChildProcess): number {
  try {
    const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return Number.NaN;
  }
}

function row(shape: string, operation: string, ceiling: Measured[], ours: Measured[]): string {
  const [bare, replica] = [ceiling, ours].map((list) => median(list.map((m) => m.rate))) as [
    number,
    number,
  ];
  const cpu = [
    median(ceiling.map((m) => m.cpuUs[0] as number)),
    median(ours.map((m) => m.cpuUs[0] as number)),
    median(ours.map((m) => m.cpuUs.reduce((sum, us) => sum + us))),
  ];
  const cells = [thousands(bare), thousands(replica), `${Math.round((100 * replica) / bare)} %`];
  return `| ${[shape, operation, ...cells, ...cpu.map((us) => us.toFixed(1))].join(' | ')} |`;
}

const thousands = (n: number): string => Math.round(n).toLocaleString('en');

async function main(): Promise<void> {
  const [bare, ...rest] = await freePorts(7);
  const ports = rest.slice(0, 3);
  const bareServer = start([source('resp-ceiling.ts'), String(bare)]);
  const replicas = startReplicas(ports, rest.slice(3));
  await Promise.all([bare as number, ...ports].map(listening));
  await pause(500);
  console.log(
    `${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}, Node ${process.version}; 50 connections, 32-byte values, median of ${rounds}\n`,
  );
  console.log(
    '| shape | | bare server /s | replica of 3 /s | ratio | CPU µs per request: bare | coordinator | all three |',
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const shape of SHAPES) {
    for (const operation of ['set', 'get'] as const) {
      const ceiling: Measured[] = [];
      const ours: Measured[] = [];
      for (let round = 0; round < rounds; round++) {
        // In turns by design: both see the same noise.
        // eslint-disable-next-line no-await-in-loop
        ceiling.push(await benchmark(bare as number, [bareServer], operation, shape));
        // eslint-disable-next-line no-await-in-loop
        ours.push(await benchmark(ports[0] as number, replicas, operation, shape));
      }
      console.log(row(shape.name, operation, ceiling, ours));
    }
  }
  console.log('\nKnown SET/s, best of several on two idle cores:');
  for (const [name, figures] of Object.entries(KNOWN))
    console.log(
      `  ${name}: ${Object.entries(figures)
        .map(([shape, n]) => `${shape} ${thousands(n)}`)
        .join(', ')}`,
    );
}

try {
  await main();
} finally {
  for (const child of children) child.kill('SIGTERM');
  await Promise.all(
    children.map((child) =>
      child.exitCode === null ? once(child, 'close') : Promise.resolve(child.exitCode),
    ),
  );
  rmSync(dir, { recursive: true });
}
