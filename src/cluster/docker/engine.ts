/**
 * A container engine, driven by the docker client: whatever way the client knows to reach one (a unix
 * socket, tcp, ssh, a context with certificates) works here too.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UserError } from '../../base/user-error.ts';
import { findTool, toolPath } from '../netns/tool.ts';
import { engineTrouble } from './engine-trouble.ts';
import { Turns } from './turns.ts';

/** Which engine, and how clients of the cluster reach what it publishes. JSON-able. */
export interface EngineAddress {
  /** Flags of the docker client that choose it. */
  readonly flags: readonly string[];
  /** Its URL, for people. */
  readonly url: string;
  /** Where published ports are reached from here. */
  readonly clientHost: string;
  /** Address of the engine's host on which ports are published; '': all. */
  readonly publishOn: string;
}

/** It runs on this machine: one elsewhere publishes on all its addresses. */
export function isHere({ publishOn }: EngineAddress): boolean {
  return publishOn !== '';
}

/** A docker command that ended badly. */
export class EngineFailed extends Error {
  readonly stderr: string;
  constructor(args: readonly string[], how: string, stderr: string) {
    const said = stderr.trim().split('\n').slice(-3).join('; ');
    super(`docker ${args.slice(0, 2).join(' ')}: ${said === '' ? how : said}`);
    this.name = 'EngineFailed';
    this.stderr = stderr;
  }
}

/** What the docker client said on stderr when it failed. */
export function stderrOf(error: unknown): string {
  return error instanceof EngineFailed ? error.stderr : '';
}

export interface EngineCall {
  /** Written to stdin, which is then closed. */
  readonly input?: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** Default 20 s; then the client is ended and the call fails. */
  readonly timeoutMs?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Ends the client; the call then fails. */
  readonly signal?: AbortSignal;
  /** Hears stdout as it comes. */
  readonly onOutput?: (text: string) => void;
}

const TIMEOUT_MS = 20_000;
const DEFAULT_SOCKET = 'unix:///var/run/docker.sock';

export class Engine {
  readonly address: EngineAddress;
  /** Freezing a container and running programs in it take turns. */
  readonly turns = new Turns();

  constructor(address: EngineAddress) {
    this.address = address;
  }

  /** The command line of a docker command on this engine. */
  argv(args: readonly string[]): string[] {
    return ['docker', ...this.address.flags, ...args];
  }

  /** Runs a docker command and returns its stdout. Throws `EngineFailed`. */
  async call(args: readonly string[], call: EngineCall = {}): Promise<string> {
    const { input = '', timeoutMs = TIMEOUT_MS, onOutput } = call;
    const [command = '', ...rest] = this.argv(args);
    const child = spawn(command, rest, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...clientEnv(), ...call.env },
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      onOutput?.(chunk.toString());
    });
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    // A client that ends without reading its input says why through its exit code.
    child.stdin.on('error', () => {});
    const ended = new Promise<string>((resolve, reject) => {
      child.on('error', (error) => reject(new EngineFailed(args, error.message, stderr)));
      child.on('close', (code, signal) => {
        if (code === 0) return resolve(stdout);
        const late = `no answer within ${timeoutMs / 1000} s`;
        reject(new EngineFailed(args, signal === null ? `exit ${code}` : late, stderr));
      });
    });
    await Promise.all([feed(child.stdin, input), ended]);
    return ended;
  }

  /** Like `call`; what the user can mend comes as a `UserError`. `doing`: "create a network". */
  async step(doing: string, args: readonly string[], call: EngineCall = {}): Promise<string> {
    try {
      return await this.call(args, call);
    } catch (error) {
      throw engineTrouble(doing, stderrOf(error), error as Error);
    }
  }
}

async function feed(
  stdin: NodeJS.WritableStream,
  input: NonNullable<EngineCall['input']>,
): Promise<void> {
  if (typeof input === 'string' || input instanceof Uint8Array) {
    stdin.end(input);
    return;
  }
  try {
    await pipeline(Readable.from(input, { objectMode: false }), stdin);
  } catch (error) {
    // A client that ends early says why itself.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EPIPE' && code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}

/** The environment of a docker client. */
export function clientEnv(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: toolPath(), LC_ALL: 'C', DOCKER_CLI_HINTS: 'false' };
}

/**
 * The engine that a docker command typed by the user would talk to: that of `--docker-host`, then of
 * DOCKER_HOST, then of the current context. Throws a `UserError` where there is no docker client.
 */
export async function engineOf(dockerHost: string | undefined): Promise<Engine> {
  if (findTool('docker') === undefined) throw noClient();
  const url = dockerHost ?? (process.env['DOCKER_HOST'] || undefined);
  if (url !== undefined) return new Engine(addressOf(['--host', url], url));
  const context = process.env['DOCKER_CONTEXT'] || currentContext();
  if (context === undefined || context === 'default')
    return new Engine(addressOf(['--host', DEFAULT_SOCKET], DEFAULT_SOCKET));
  const flags = ['--context', context];
  const inspect = ['context', 'inspect', context, '--format', '{{.Endpoints.docker.Host}}'];
  const any = new Engine(addressOf([], DEFAULT_SOCKET));
  const said = await any.step(`read the docker context ${context}`, inspect);
  return new Engine(addressOf(flags, said.trim()));
}

export function noClient(): UserError {
  return new UserError(
    'there is no docker client on this machine.',
    'Install Docker (on Debian: apt-get install docker.io), or use --runtime netns or process.',
  );
}

function currentContext(): string | undefined {
  const folder = process.env['DOCKER_CONFIG'] || join(homedir(), '.docker');
  try {
    const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as {
      currentContext?: unknown;
    };
    return typeof config.currentContext === 'string' ? config.currentContext : undefined;
  } catch {
    return undefined;
  }
}

/**
 * An engine on this machine publishes on loopback alone. One elsewhere publishes on all its addresses:
 * which of them leads there from here, nobody but the user's network knows.
 */
export function addressOf(flags: readonly string[], url: string): EngineAddress {
  const host = /^(?:tcp|ssh|https?):\/\/(?:[^@/]*@)?(\[[^\]]+\]|[^:/]+)/.exec(url)?.[1];
  const name = host?.replaceAll(/[[\]]/g, '');
  const here = name === undefined || name === 'localhost' || /^(127\.|::1$)/.test(name);
  return here
    ? { flags, url, clientHost: '127.0.0.1', publishOn: '127.0.0.1' }
    : { flags, url, clientHost: name, publishOn: '' };
}
