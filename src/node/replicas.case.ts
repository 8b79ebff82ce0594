/** Replicas as real processes for tests, and a plain RESP connection to talk to them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeRequest, type Reply, ReplyParser } from '../wire/resp.ts';

const ENTRY = fileURLToPath(new URL('main.ts', import.meta.url));

export interface TestReplica {
  readonly name: string;
  readonly port: number;
  readonly peerPort: number;
  readonly socket: string;
  readonly data: string;
  readonly pid: number;
  /** Lines of the log so far. */
  log(): { event?: string; level?: string; [field: string]: unknown }[];
  stderr(): string;
  kill(signal: NodeJS.Signals): void;
  exited(): Promise<number | NodeJS.Signals>;
  /** Starts it again after it ended. */
  restart(flags?: readonly string[]): Promise<void>;
}

export interface Trio extends AsyncDisposable {
  /** Those of the start. */
  readonly nodes: readonly TestReplica[];
  /** Starts a brand-new node; resolves when it answers. */
  add(): Promise<TestReplica>;
}

/** Free ports, asked of the kernel. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports: number[] = [];
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    // eslint-disable-next-line no-await-in-loop
    await once(server, 'listening');
    ports.push((server.address() as AddressInfo).port);
  }
  for (const server of servers) server.close();
  return ports;
}

/**
 * Runs `main.ts` with these arguments to its end, which comes by SIGTERM after `ms` at the latest.
 * With `input` stdin gets that and ends `ms` later.
 */
export async function runToEnd(
  args: readonly string[],
  input?: string,
  ms = 2000,
): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(process.execPath, [ENTRY, ...args]);
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  if (input === undefined) child.stdin.end();
  else child.stdin.write(input);
  const over = setTimeout(
    () => (input === undefined ? child.kill('SIGTERM') : child.stdin.end()),
    ms,
  );
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(over);
  return { code, stderr };
}

/**
 * Starts replicas that all know each other and waits until they serve and are linked.
 * @param via where `from` finds `to`; default: its peer port
 */
export async function startReplicas(
  count: number,
  flags: readonly string[] = [],
  via: (from: number, to: number, port: number) => number = (_from, _to, port) => port,
): Promise<Trio> {
  const dir = mkdtempSync(join(tmpdir(), 'hermes-node-'));
  const ports = await freePorts(2 * count);
  const nodes = Array.from({ length: count }, (_, i) => {
    const peers = Array.from({ length: count }, (_x, j) => j).filter((j) => j !== i);
    const args = [
      ...['--id', String(i + 1), '--data', join(dir, `n${i + 1}`)],
      ...['--listen', `127.0.0.1:${ports[i]}`, '--socket', join(dir, `n${i + 1}.sock`)],
      ...['--peer-listen', `127.0.0.1:${ports[count + i]}`],
      ...[
        '--peers',
        peers.map((j) => `${j + 1}=127.0.0.1:${via(i, j, ports[count + j] as number)}`).join(','),
      ],
      ...flags,
    ];
    return replica(i, dir, ports[i] as number, ports[count + i] as number, args);
  });
  const all = [...nodes];
  const stop = async (): Promise<void> => {
    for (const node of all) node.kill('SIGKILL');
    await Promise.all(all.map((node) => node.exited()));
    rmSync(dir, { recursive: true });
  };
  const add = async (): Promise<TestReplica> => {
    const [port = 0, peerPort = 0] = await freePorts(2);
    const id = all.length + 1;
    const peers = all.map((node, i) => `${i + 1}=127.0.0.1:${node.peerPort}`).join(',');
    const node = replica(id - 1, dir, port, peerPort, [
      ...['--id', String(id), '--data', join(dir, `n${id}`), '--peers', peers],
      ...['--listen', `127.0.0.1:${port}`, '--peer-listen', `127.0.0.1:${peerPort}`],
      ...['--acceptors', nodes.map((_, i) => i + 1).join(','), ...flags],
    ]);
    all.push(node);
    await node.restart();
    return node;
  };
  try {
    await Promise.all(nodes.map((node) => node.restart(['--bootstrap'])));
    await Promise.all(nodes.map((node) => linked(node, count - 1)));
    await Promise.all(nodes.map(serving));
  } catch (error) {
    await stop();
    throw error;
  }
  return { nodes, add, [Symbol.asyncDispose]: stop };
}

function replica(
  i: number,
  dir: string,
  port: number,
  peerPort: number,
  args: readonly string[],
): TestReplica {
  let child: ReturnType<typeof spawn> | undefined;
  let ended: Promise<number | NodeJS.Signals> = Promise.resolve(0);
  let stderr = '';
  const self: TestReplica = {
    name: `n${i + 1}`,
    port,
    peerPort,
    socket: join(dir, `n${i + 1}.sock`),
    data: join(dir, `n${i + 1}`),
    get pid() {
      return child?.pid ?? 0;
    },
    stderr: () => stderr,
    log: () =>
      stderr
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as { event?: string }),
    kill: (signal) => void child?.kill(signal),
    exited: () => ended,
    async restart(extra = []) {
      const started = spawn(process.execPath, [ENTRY, ...args, ...extra], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      child = started;
      started.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
      ended = once(started, 'close').then(
        ([code, signal]) => (code ?? signal) as number | NodeJS.Signals,
      );
      await eventually(
        async () => (await status(self)).state !== undefined,
        () => stderr,
      );
    },
  };
  return self;
}

/** Waits until a replica has links to so many peers. */
export async function linked(node: TestReplica, peers: number): Promise<void> {
  await eventually(async () => (await status(node)).links.length === peers, node.stderr);
}

/** Waits until a replica serves. */
export async function serving(node: TestReplica): Promise<void> {
  await eventually(async () => (await status(node)).state === 'serving', node.stderr);
}

export async function status(node: TestReplica): Promise<{
  state: string;
  incarnation: number;
  epoch: number;
  members: { id: number; inc: number }[];
  vote?: string;
  links: { peer: string; incarnation: number }[];
  counters: Record<string, number>;
}> {
  await using client = await Connection.open(node.port);
  const reply = await client.call('HERMES', 'STATUS');
  if (reply.type !== 'bulk') throw new Error(`no status: ${show(reply)}`);
  return JSON.parse(reply.value.toString()) as Awaited<ReturnType<typeof status>>;
}

/** Tries until it is true (at most 20 s); what was thrown last is told. */
export async function eventually(
  what: () => Promise<boolean>,
  more: () => string = () => '',
): Promise<void> {
  let last = 'false';
  for (let tries = 0; tries < 400; tries++) {
    try {
      // eslint-disable-next-line no-await-in-loop
      if (await what()) return;
    } catch (error) {
      last = String(error);
    }
    // eslint-disable-next-line no-await-in-loop
    await pause(50);
  }
  throw new Error(`never came true: ${last}\n${more()}`);
}

export function pause(ms: number): Promise<void> {
  return new Promise((done) => {
    setTimeout(done, ms);
  });
}

/** A reply in a word: `OK`, `:1`, `nil`, `-ERR …`, `[a b]`. */
export function show(reply: Reply): string {
  switch (reply.type) {
    case 'simple':
      return reply.text;
    case 'error':
      return `-${reply.code} ${reply.message}`;
    case 'integer':
      return `:${reply.value}`;
    case 'bulk':
      return reply.value.toString();
    case 'null':
      return 'nil';
    case 'boolean':
    case 'double':
      return String(reply.value);
    case 'map':
      return `{${reply.entries.map(([k, v]) => `${show(k)}=${show(v)}`).join(' ')}}`;
    case 'array':
    case 'set':
    case 'push':
      return `[${reply.items.map(show).join(' ')}]`;
  }
}

/** One RESP connection: requests in any number, replies in order. */
export class Connection implements AsyncDisposable {
  readonly socket: Socket;
  readonly #waiting: { done: (reply: Reply) => void; failed: (error: Error) => void }[] = [];
  readonly closed: Promise<void>;

  private constructor(socket: Socket) {
    this.socket = socket;
    const parser = new ReplyParser();
    socket.on('data', (piece) => {
      parser.push(piece);
      for (let reply = parser.next(); reply !== undefined; reply = parser.next())
        this.#waiting.shift()?.done(reply);
    });
    socket.on('error', () => {});
    this.closed = new Promise((done) => {
      socket.on('close', () => {
        for (const { failed } of this.#waiting.splice(0)) failed(new Error('connection closed'));
        done();
      });
    });
  }

  static async open(at: number | string): Promise<Connection> {
    const socket = typeof at === 'number' ? connect(at, '127.0.0.1') : connect(at);
    await once(socket, 'connect');
    return new Connection(socket);
  }

  call(...args: string[]): Promise<Reply> {
    return this.raw(encodeRequest(args));
  }

  /** The same as text. */
  async say(line: string): Promise<string> {
    return show(await this.call(...line.split(' ')));
  }

  /** Writes bytes and waits for one reply. */
  raw(bytes: Buffer | string): Promise<Reply> {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    this.#waiting.push({ done: resolve, failed: reject });
    this.socket.write(bytes);
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }
}
