/**
 * RESP towards clients, on TCP and on a unix socket: takes connections, hands their commands to the
 * machine, their results back, and holds connections up while the node has enough under way.
 */
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { Command, Result } from '../base/operation.ts';
import type { Reply } from '../wire/resp.ts';
import { ClientConnection, type Submitter, type Taker } from './client-connection.ts';
import { type ClientSession, newSession } from './client-session.ts';
import { type HostPort, listenOn, listenOnSocket } from './listen.ts';

/**
 * Commands that may be under way at a node. Beyond, connections are not read: so no queue of the
 * machine ever overflows, however the commands fall on keys.
 */
export const MAX_UNDER_WAY = 1000;
const MAX_CONNECTIONS = 10_000;
/**
 * Bytes of replies that are written in one turn, all connections together, and the least that each may
 * write. Replies wait for the next turn beyond: however much clients ask for at once, peers and timers
 * are heard in between.
 */
export const TURN_BYTES = 1024 * 1024;
const LEAST_BYTES = 16 * 1024;

export interface ClientServerOptions {
  /** A request for the machine; its result comes by `reply`. */
  readonly onRequest: (id: number, command: Command) => void;
  /** The client of a request left. */
  readonly onGone: (id: number) => void;
  /** Commands that the host answers. */
  readonly answer: (
    session: ClientSession,
    name: string,
    args: readonly Buffer[],
  ) => Reply | Promise<Reply> | 'close';
  /** Something is to be flushed: a turn has to come. */
  readonly wake: () => void;
}

export class ClientServer implements Submitter {
  readonly #options: ClientServerOptions;
  readonly #servers: Server[] = [];
  readonly #connections = new Set<ClientConnection>();
  readonly #takers = new Map<number, Taker>();
  readonly #stalled = new Set<ClientConnection>();
  #dirty: ClientConnection[] = [];
  #lastRequest = 0;
  #lastSession = 0;
  counters = { connectionsAccepted: 0, commandsAnswered: 0, stalls: 0 };

  constructor(options: ClientServerOptions) {
    this.#options = options;
  }

  /** Throws a `UserError` if the port is taken. */
  async listen(at: HostPort): Promise<void> {
    const server = this.#server();
    await listenOn(server, at, 'clients');
  }

  async listenOnSocket(path: string): Promise<void> {
    await listenOnSocket(this.#server(), path);
  }

  /** TCP port that clients dial; undefined: none. */
  get port(): number | undefined {
    for (const server of this.#servers) {
      const address = server.address();
      if (address !== null && typeof address === 'object') return address.port;
    }
    return undefined;
  }

  get sessions(): ClientSession[] {
    return [...this.#connections].map((connection) => connection.session);
  }

  get underWay(): number {
    return this.#takers.size;
  }

  /** The machine's answer to a request. Nobody waits for it any more: it is dropped. */
  reply(id: number, result: Result): void {
    const taker = this.#takers.get(id);
    if (taker === undefined) return;
    this.#takers.delete(id);
    this.counters.commandsAnswered++;
    taker.take(id, result);
  }

  /** Answers everything under way alike: the machine that knew of it is gone. */
  replyAll(result: Result): void {
    for (const id of this.#takers.keys()) this.reply(id, result);
  }

  /**
   * Writes replies, then lets stalled connections go on while there is room. Once per turn. Connections
   * share the turn alike; those that it was too short for come first in the next. Returns the bytes.
   */
  flush(): number {
    const dirty = this.#dirty;
    this.#dirty = [];
    const share = Math.max(LEAST_BYTES, Math.floor(TURN_BYTES / Math.max(1, dirty.length)));
    let written = 0;
    let served = 0;
    while (served < dirty.length && written < TURN_BYTES)
      written += (dirty[served++] as ClientConnection).flush(share);
    if (served < dirty.length) {
      this.#dirty = [...dirty.slice(served), ...this.#dirty];
      this.#options.wake();
    }
    this.#goOn();
    return written;
  }

  #goOn(): void {
    for (const connection of this.#stalled) {
      if (!this.hasRoom()) return;
      this.#stalled.delete(connection);
      connection.resume();
    }
  }

  async close(): Promise<void> {
    const closed = this.#servers.map((server) => new Promise((done) => server.close(done)));
    for (const connection of this.#connections) connection.close();
    await Promise.all(closed);
  }

  hasRoom(): boolean {
    return this.#takers.size < MAX_UNDER_WAY;
  }

  submit(command: Command, taker: Taker): number {
    const id = ++this.#lastRequest;
    this.#takers.set(id, taker);
    this.#options.onRequest(id, command);
    return id;
  }

  drop(id: number): void {
    if (this.#takers.delete(id)) this.#options.onGone(id);
  }

  stalled(connection: ClientConnection): void {
    this.counters.stalls++;
    this.#stalled.add(connection);
    this.#options.wake();
  }

  dirty(connection: ClientConnection): void {
    this.#dirty.push(connection);
    this.#options.wake();
  }

  answer(
    session: ClientSession,
    name: string,
    args: readonly Buffer[],
  ): Reply | Promise<Reply> | 'close' {
    return this.#options.answer(session, name, args);
  }

  closed(connection: ClientConnection): void {
    this.#connections.delete(connection);
    this.#stalled.delete(connection);
    this.#options.wake();
  }

  #server(): Server {
    const server = createServer((socket) => this.#accept(socket));
    server.maxConnections = MAX_CONNECTIONS;
    this.#servers.push(server);
    return server;
  }

  #accept(socket: Socket): void {
    const address =
      socket.remoteAddress === undefined ? 'unix' : `${socket.remoteAddress}:${socket.remotePort}`;
    const session = newSession(++this.#lastSession, address);
    this.counters.connectionsAccepted++;
    this.#connections.add(new ClientConnection(socket, session, this));
  }
}
