/**
 * Talking to holders: the one of a name, starting a new one, and what dead ones left.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { connect, type Socket } from 'node:net';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { UserError } from '../../base/user-error.ts';
import { Rpc } from '../control/rpc.ts';
import { clusterDir, clusterNames, FILES, makeStateRoot } from '../state/state-folder.ts';
import type { ControlCalls, Description, HolderConfig } from './holder-config.ts';

/** A folder without a listener that is younger than this belongs to a holder that is starting. */
const YOUNG_MS = 2_000;
const START_WITHIN_MS = 30_000;
/** Lines of a log that are told. */
const LAST_WORDS = 20;

/** A connection to a holder. */
export class HolderClient {
  readonly name: string;
  readonly #rpc: Rpc;

  constructor(name: string, socket: Socket) {
    this.name = name;
    this.#rpc = new Rpc(socket, socket);
  }

  /** Resolves when the holder has ended or the connection was closed. */
  get closed(): Promise<void> {
    return this.#rpc.closed;
  }

  onEvent(fn: (event: unknown) => void): void {
    this.#rpc.onEvent = fn;
  }

  call<K extends keyof ControlCalls>(
    op: K,
    args: ControlCalls[K]['args'],
  ): Promise<ControlCalls[K]['result']> {
    return this.#rpc.call(op, args) as Promise<ControlCalls[K]['result']>;
  }

  close(): void {
    this.#rpc.close();
  }
}

/** The holder of a running cluster; undefined: there is none. What a dead one left is removed. */
export async function findHolder(name: string): Promise<HolderClient | undefined> {
  const dir = clusterDir(name);
  for (;;) {
    const socket = await dial(FILES.control(dir));
    if (socket !== undefined) return new HolderClient(name, socket);
    const age = ageMs(dir);
    if (age === undefined) return undefined;
    if (age > YOUNG_MS) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  rmSync(dir, { recursive: true, force: true });
  return undefined;
}

/** The holder of a running cluster. Throws a `UserError` that says which clusters there are. */
export async function holderOf(name: string): Promise<HolderClient> {
  const holder = await findHolder(name);
  if (holder !== undefined) return holder;
  const others = (await listClusters()).map((cluster) => cluster.name);
  throw new UserError(
    `there is no cluster "${name}".`,
    others.length === 0
      ? 'Start one: hermes cluster up'
      : `Running: ${others.join(', ')} (choose with --name).`,
  );
}

/** Every running cluster. Removes what dead holders left. */
export async function listClusters(): Promise<Description[]> {
  const found = await Promise.all(
    clusterNames().map(async (name) => {
      const holder = await findHolder(name).catch(() => undefined);
      const description = await holder?.call('describe', {}).catch(() => undefined);
      holder?.close();
      return description;
    }),
  );
  return found.filter((description) => description !== undefined);
}

/** A holder that this process started. */
export interface OwnHolder {
  readonly client: HolderClient;
  /** Closes its pipe: it ends, unless it was told to keep the cluster. */
  end(): void;
  /** Closes its pipe and no longer waits for it: this process may end before it. Call `keep` first. */
  release(): void;
  /** Resolves when its process has ended, with how: ` (SIGKILL)`, or nothing after a clean end. */
  readonly gone: Promise<string>;
  /** The end of its log, as far as it is still there. */
  lastWords(): readonly string[];
}

/**
 * Starts a holder, which ends when this process does. Throws a `UserError` if a cluster of this name
 * is running, an `Error` with the end of the holder's log if it does not start.
 */
export async function startHolder(config: HolderConfig): Promise<OwnHolder> {
  makeStateRoot();
  const running = await findHolder(config.name);
  if (running !== undefined) {
    running.close();
    throw nameTaken(config.name);
  }
  const entry = fileURLToPath(new URL(`./main${extname(import.meta.url)}`, import.meta.url));
  mkdirSync(config.logDir.startsWith(config.dir) ? makeStateRoot() : config.logDir, {
    recursive: true,
  });
  const logFile = `${config.dir}.log`;
  const log = openSync(logFile, 'w', 0o600);
  const child = spawn(process.execPath, [entry], {
    detached: true,
    stdio: ['pipe', 'pipe', log],
    cwd: '/',
  });
  closeSync(log);
  child.stdin?.on('error', () => {});
  child.stdin?.write(`${JSON.stringify(config)}\n`);
  const gone = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) =>
      resolve(code === 0 ? '' : ` (${signal ?? `code ${code}`})`),
    );
  });
  try {
    await firstWord(child, config.name, logFile);
    const socket = await dial(FILES.control(config.dir));
    if (socket === undefined) throw new Error('the holder does not answer on its control socket');
    renameSync(logFile, FILES.holderLog(config.dir));
    return {
      client: new HolderClient(config.name, socket),
      end: () => void child.stdin?.end(),
      release: () => letGo(child),
      lastWords: () => lastWordsOf(config.name),
      gone,
    };
  } catch (error) {
    child.stdin?.end();
    rmSync(logFile, { force: true });
    throw error;
  }
}

/** The end of the log of a holder; empty: it said nothing, or its folder is gone. */
export function lastWordsOf(name: string): readonly string[] {
  try {
    const lines = readFileSync(FILES.holderLog(clusterDir(name)), 'utf8').split('\n');
    return lines.filter((line) => line !== '').slice(-LAST_WORDS);
  } catch {
    return [];
  }
}

function letGo(child: ChildProcess): void {
  child.stdin?.end();
  (child.stdin as Socket | null)?.unref();
  (child.stdout as Socket | null)?.unref();
  child.unref();
}

/** Waits for the line with which a holder says that it listens. */
async function firstWord(child: ChildProcess, name: string, logFile: string): Promise<void> {
  const said = await new Promise<{ listening?: boolean; error?: string }>((resolve) => {
    const fail = (error: string): void => resolve({ error });
    const timer = setTimeout(
      () => fail(`it was not up within ${START_WITHIN_MS / 1000} s`),
      START_WITHIN_MS,
    );
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code, signal) => fail(`it ended (${signal ?? `code ${code}`})`));
    const lines = createInterface({ input: child.stdout as NonNullable<ChildProcess['stdout']> });
    lines.once('line', (line) => {
      clearTimeout(timer);
      resolve(JSON.parse(line) as { listening?: boolean; error?: string });
    });
  });
  if (said.listening === true) return;
  if (said.error === 'EEXIST') throw nameTaken(name);
  const log = readFileSync(logFile, 'utf8').trim();
  throw new Error(
    `the holder of the cluster did not start: ${said.error}${log === '' ? '' : `; it said: ${log}`}`,
  );
}

function nameTaken(name: string): UserError {
  const named = name === 'default' ? '' : ` --name ${name}`;
  return new UserError(
    `a cluster "${name}" is already running.`,
    `Look at it: hermes cluster status${named}. Stop it: hermes cluster down${named}. Another one beside it: --name OTHER.`,
  );
}

function dial(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}

/** Since the folder was made; undefined: there is none. */
function ageMs(dir: string): number | undefined {
  try {
    return Date.now() - statSync(dir).ctimeMs;
  } catch {
    return undefined;
  }
}
