/**
 * A system under test for the tests of this room: each node keeps a register per key for its clients,
 * and sends a numbered frame to every peer each 10 ms. Its status counts the frames that came.
 *
 * As a module it exports the target; started as a program it is a node.
 */
import { existsSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Definite, type NodeStatus, type Value } from '../base/operation.ts';
import type { NodeInfo, Target } from '../system/system.ts';
import { FRAME_FORMAT, FrameReader, PROTOCOL_KIND } from '../wire/frames.ts';

const EVERY_MS = 10;

interface Config {
  readonly name: string;
  readonly socket: string;
  readonly host: string;
  readonly peerPort: number;
  readonly peers: readonly { name: string; host: string; port: number }[];
}

/** One request of a line, one answer of a line, on a connection of its own. */
class Lines {
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  #waiting: { resolve: (line: string) => void; reject: (e: Error) => void } | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => {});
    createInterface({ input: socket })
      .on('line', (line) => this.#waiting?.resolve(line))
      .on('error', () => {});
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.#waiting?.reject(new Error('connection lost'));
        resolve();
      });
    });
  }

  static open(path: string): Promise<Lines> {
    return new Promise((resolve, reject) => {
      const socket = connect(path);
      socket.once('error', reject);
      socket.once('connect', () => resolve(new Lines(socket)));
    });
  }

  ask(request: object): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(`${JSON.stringify(request)}\n`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}

async function status(node: NodeInfo, signal: AbortSignal): Promise<NodeStatus> {
  const lines = await Lines.open(node.socket as string);
  signal.addEventListener('abort', () => lines.close());
  try {
    return JSON.parse(await lines.ask({ f: 'status' })) as NodeStatus;
  } finally {
    lines.close();
  }
}

const target: Target = {
  name: 'echo',
  operations: ['read', 'write', 'cas'],
  frames: FRAME_FORMAT,
  program: (node) => {
    const { name, socket = '', listen, peers } = node;
    const config: Config = { name, socket, host: listen.host, peerPort: listen.peerPort, peers };
    const entry = fileURLToPath(import.meta.url);
    return { command: process.execPath, args: [entry, JSON.stringify(config)], stdin: 'hello\n' };
  },
  ready: async (node, signal) => void (await status(node, signal)),
  status,
  connect: async (node) => {
    const lines = await Lines.open(node.socket as string);
    return {
      closed: lines.closed,
      close: async () => lines.close(),
      invoke: async (op) => {
        const said = JSON.parse(await lines.ask(op)) as { value?: Value; error?: string };
        if (said.error !== undefined) throw new Definite(said.error, said.value);
        return said.value ?? null;
      },
    };
  },
};
export default target;

/** The node itself. */
function run(config: Config): void {
  const values = new Map<number, Value>();
  const counters: Record<string, number> = {};
  const count = (name: string): void => void (counters[name] = (counters[name] ?? 0) + 1);
  const answer = (request: { f: string; key: number; value: Value }): object => {
    const { f, key, value } = request;
    if (f === 'status') return { ...STATUS, id: Number(config.name.slice(1)) - 1, counters };
    if (f === 'read') return { value: values.get(key) ?? null };
    if (f === 'cas') {
      const [old, next] = value as [Value, Value];
      if ((values.get(key) ?? null) !== old)
        return { error: 'mismatch', value: values.get(key) ?? null };
      values.set(key, next);
      return {};
    }
    if (f === 'write') values.set(key, value);
    // Whatever else is asked for is never answered, or ends the node.
    else if (f === 'exit') process.exit(7);
    else return { never: true };
    return {};
  };
  if (existsSync(config.socket)) rmSync(config.socket);
  createServer((socket) => {
    socket.on('error', () => {});
    createInterface({ input: socket }).on('line', (line) => {
      const said = answer(JSON.parse(line));
      if (!('never' in said)) socket.write(`${JSON.stringify(said)}\n`);
    });
  }).listen(config.socket);
  createServer((socket) => {
    socket.on('error', () => {});
    let from = '';
    const reader = new FrameReader((kind, bytes, start, end) => {
      if (kind === PROTOCOL_KIND) count(`from ${bytes.toString('utf8', start, end)}`);
      else from = bytes.toString('utf8', start, end);
      if (kind !== PROTOCOL_KIND) count(`control ${from}`);
    });
    socket.on('data', (chunk: Buffer) => void reader.push(chunk));
  }).listen(config.peerPort, config.host);
  for (const peer of config.peers) talk(config.name, peer);
  process.stdin.on('end', () => process.exit(0)).resume();
  process.stderr.write(`${config.name} listens\n`);
}

function talk(self: string, peer: { host: string; port: number }): void {
  const socket = connect({ host: peer.host, port: peer.port, noDelay: true });
  const frames = Buffer.concat([frame(PROTOCOL_KIND, self), frame(3, self)]);
  const timer = setInterval(() => {
    if (!socket.connecting) socket.write(frames);
  }, EVERY_MS);
  socket.on('error', () => {});
  socket.on('close', () => {
    clearInterval(timer);
    setTimeout(() => talk(self, peer), 20);
  });
}

function frame(kind: number, text: string): Buffer {
  const bytes = Buffer.alloc(5 + text.length);
  bytes.writeUInt32LE(1 + text.length, 0);
  bytes[4] = kind;
  bytes.write(text, 5);
  return bytes;
}

const STATUS: Omit<NodeStatus, 'id' | 'counters'> = {
  incarnation: 1,
  state: 'serving',
  role: 'peer',
  epoch: 1,
  members: [],
  leaseLeftUs: null,
  keys: {},
};

if (import.meta.main) run(JSON.parse(process.argv[2] as string) as Config);
