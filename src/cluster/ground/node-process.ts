/**
 * One node's program: started in a process group of its own, stopped, gone on, killed. Its stdin stays
 * open as long as this process lives, so that a program that watches it ends with us.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { NodeName } from '../../base/operation.ts';
import type { Program } from '../../system/system.ts';
import type { NodeHandle } from './node-handle.ts';

export type ProcessState = 'running' | 'paused' | 'down';

/** A program that ended without having been told to. */
export interface Exit {
  readonly node: NodeName;
  readonly code: number | null;
  readonly signal: string | null;
  /** Its last lines. */
  readonly log: readonly string[];
}

/** How often the state of a process is read while waiting for it to change, in ms. */
const LOOK_MS = 2;
const STOP_WITHIN_MS = 1_000;
const TAIL_LINES = 20;
const TAIL_BYTES = 16_384;

export class NodeProcess implements NodeHandle {
  readonly node: NodeName;
  readonly logFile: string;
  readonly #onExit: (exit: Exit) => void;
  #child: ChildProcess | undefined;
  #paused = false;
  #expected = false;
  #gone: Promise<void> = Promise.resolve();

  constructor(node: NodeName, logFile: string, onExit: (exit: Exit) => void) {
    this.node = node;
    this.logFile = logFile;
    this.#onExit = onExit;
  }

  get state(): ProcessState {
    if (this.#child === undefined) return 'down';
    return this.#paused ? 'paused' : 'running';
  }

  /** Process id, also that of its group; undefined: it does not run. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get group(): number | undefined {
    return this.pid;
  }

  /** Resolves when the program that was started last has ended. */
  get gone(): Promise<void> {
    return this.#gone;
  }

  /** Starts the program as `argv` (it, behind what the network puts before). Resolves once it runs. */
  async start(argv: readonly string[], program: Program): Promise<void> {
    if (this.#child !== undefined) throw new Error(`${this.node} runs already`);
    mkdirSync(dirname(this.logFile), { recursive: true });
    const log = openSync(this.logFile, 'a');
    const [command = '', ...args] = argv;
    const child = spawn(command, args, {
      detached: true,
      stdio: ['pipe', log, log],
      env: { ...process.env, ...program.env },
    });
    closeSync(log);
    this.#expected = false;
    this.#paused = false;
    this.#child = child;
    child.stdin?.on('error', () => {});
    if (program.stdin !== undefined) child.stdin?.write(program.stdin);
    this.#gone = new Promise((resolve) => {
      child.once('exit', (code, signal) => this.#ended(code, signal, resolve));
      child.once('error', () => resolve());
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) => {
        this.#child = undefined;
        reject(new Error(`${this.node} cannot be started: ${error.message}`));
      });
    });
  }

  /** SIGSTOP; true once every look at the process says that it is stopped. */
  async pause(): Promise<boolean> {
    if (this.#child === undefined || !this.#signal('SIGSTOP')) return false;
    this.#paused = true;
    return this.#until((state) => state === 'T');
  }

  /** SIGCONT; true once it runs. */
  async resume(): Promise<boolean> {
    if (this.#child === undefined || !this.#signal('SIGCONT')) return false;
    this.#paused = false;
    return this.#until((state) => state !== 'T');
  }

  /** SIGKILL to the group; true when it had to die and did. */
  async kill(): Promise<boolean> {
    if (this.#child === undefined) return false;
    this.#expected = true;
    this.#signal('SIGKILL');
    await this.#gone;
    return true;
  }

  /** Asks it to end by closing its stdin, and kills what is left of its group after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#expected = true;
    child.stdin?.end();
    if (this.#paused) this.#signal('SIGCONT');
    this.#signal('SIGTERM');
    await Promise.race([this.#gone, new Promise((resolve) => setTimeout(resolve, graceMs))]);
    if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
    await this.#gone;
  }

  #signal(signal: NodeJS.Signals): boolean {
    return this.pid !== undefined && signalGroup(this.pid, signal);
  }

  #ended(code: number | null, signal: string | null, resolve: () => void): void {
    const pid = this.pid;
    this.#child = undefined;
    this.#paused = false;
    // Its children go with it.
    if (pid !== undefined) signalGroup(pid, 'SIGKILL');
    resolve();
    if (!this.#expected)
      this.#onExit({ node: this.node, code, signal, log: lastLines(this.logFile) });
  }

  async #until(wanted: (state: string) => boolean): Promise<boolean> {
    for (let waited = 0; waited < STOP_WITHIN_MS; waited += LOOK_MS) {
      const { pid } = this;
      if (pid === undefined) return false;
      if (wanted(await processState(pid))) return true;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    return false;
  }
}

/** The kernel's letter for what a process does: `T` stopped, `R`, `S`, …; '' if it is gone. */
export async function processState(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    // The name stands in brackets and may hold anything.
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
  }
  const said = await promisify(execFile)('ps', ['-o', 'stat=', '-p', String(pid)]).catch(() => ({
    stdout: '',
  }));
  return said.stdout.trim().slice(0, 1);
}

/** False: there is no such group. */
export function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** The last lines of a log, without reading all of a long one. */
export function lastLines(file: string): string[] {
  let log: number | undefined;
  try {
    log = openSync(file, 'r');
    const { size } = fstatSync(log);
    const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(log, bytes, 0, bytes.length, size - bytes.length);
    return bytes.toString('utf8').trimEnd().split('\n').slice(-TAIL_LINES);
  } catch {
    return [];
  } finally {
    if (log !== undefined) closeSync(log);
  }
}
