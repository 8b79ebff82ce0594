/**
 * Can this machine run a cluster of plain processes? One is started, spoken to over loopback, stopped,
 * resumed, and ended by closing its stdin, as a replica would be.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fails, works, type Finding } from './finding.ts';

/** An echo server on loopback which prints its port, and ends with its stdin. */
const ECHO = `
  const server = require('node:net').createServer((socket) => socket.setNoDelay(true).pipe(socket));
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
  process.stdin.on('end', () => process.exit(0)).resume();`;

const ROUND_TRIPS = 200;
/** How long a stopped process is listened to, and how long a running one may take for anything. */
const SILENCE_MS = 60;
const PATIENCE_MS = 2_000;

export async function examineProcesses(): Promise<Finding[]> {
  const began = performance.now();
  const child = spawn(process.execPath, ['-e', ECHO], { stdio: ['pipe', 'pipe', 'ignore'] });
  let socket: Socket | undefined;
  try {
    const port = Number(await firstLine(child));
    const startMs = performance.now() - began;
    socket = await dial(port);
    const roundTripUs = await roundTrips(socket);
    const pause = await pauseTrouble(child, socket);
    await end(child);
    const says = `a process started in ${startMs.toFixed(0)} ms, loopback round trip ${roundTripUs.toFixed(0)} µs`;
    return [works('clusters', 'process', says, true), pausing(pause)];
  } catch (error) {
    const mend =
      'A replica is a child process on 127.0.0.1: see what forbids one (a sandbox, a firewall).';
    return [fails('clusters', 'process', (error as Error).message, mend, true)];
  } finally {
    socket?.destroy();
    child.kill('SIGKILL');
  }
}

function pausing(trouble: string | undefined): Finding {
  return trouble === undefined
    ? works('faults', 'pause-kill', 'a process was stopped, resumed and ended by its pipe')
    : fails('faults', 'pause-kill', trouble, 'Run faults on a system with POSIX signals.');
}

function firstLine(child: ChildProcess): Promise<string> {
  return within('a child process said nothing', (resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`a child process ended at once (exit ${code})`)));
    createInterface({ input: child.stdout as NonNullable<typeof child.stdout> }).once(
      'line',
      resolve,
    );
  });
}

function dial(port: number): Promise<Socket> {
  return within('nobody answered on 127.0.0.1', (resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket.setNoDelay(true)));
    socket.on('error', reject);
  });
}

/** Median round trip of one byte, in microseconds. */
async function roundTrips(socket: Socket): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < ROUND_TRIPS; i++) {
    const began = performance.now();
    await echo(socket);
    times.push((performance.now() - began) * 1_000);
  }
  return times.toSorted((a, b) => a - b)[ROUND_TRIPS / 2] as number;
}

function echo(socket: Socket): Promise<void> {
  return within('an echo did not come back', (resolve) => {
    socket.once('data', () => resolve());
    socket.write('.');
  });
}

/** Undefined: a stopped process is silent, and a resumed one answers. */
async function pauseTrouble(child: ChildProcess, socket: Socket): Promise<string | undefined> {
  if (!child.kill('SIGSTOP')) return 'a process could not be stopped';
  let answered = false;
  const answer = echo(socket).then(() => (answered = true));
  await new Promise((resolve) => setTimeout(resolve, SILENCE_MS));
  const wasSilent = !answered;
  child.kill('SIGCONT');
  await answer;
  return wasSilent ? undefined : 'a stopped process went on answering';
}

function end(child: ChildProcess): Promise<void> {
  return within('a process went on after its pipe was closed', (resolve) => {
    child.on('exit', () => resolve());
    child.stdin?.end();
  });
}

function within<T>(
  otherwise: string,
  start: (resolve: (value: T) => void, reject: (error: Error) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`${otherwise} within ${PATIENCE_MS} ms`)),
      PATIENCE_MS,
    );
    const ending =
      <A>(fn: (argument: A) => void) =>
      (argument: A): void => {
        clearTimeout(timer);
        fn(argument);
      };
    start(ending(resolve), ending(reject));
  });
}
