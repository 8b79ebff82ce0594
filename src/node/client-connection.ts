/**
 * One client's connection: requests in, replies out in the order of the requests, whatever the order
 * in which they are decided. Requests are pipelined: each is submitted as soon as it was read, unless
 * an earlier one of this connection on the same key is under way that it must not overtake: a client
 * reads what it wrote, as with Redis. The connection is not read while too much is under way, here or
 * at the node: backpressure, not errors. Replies that are decided wait until it is their turn to be put
 * into bytes: a share of each turn of the node (`flush`), and no more than the client takes.
 */
import type { Socket } from 'node:net';
import { Writer } from '../base/bytes.ts';
import type { Command, Result } from '../base/operation.ts';
import { interpret, type WriteResult, type WriteResults } from '../wire/resp-interpret.ts';
import { RequestParser } from '../wire/resp-request.ts';
import { writeError, writeReply } from '../wire/resp-write.ts';
import { type Reply, RespError, type RespVersion } from '../wire/resp.ts';
import type { ClientSession } from './client-session.ts';

/** What a connection needs of the node. */
export interface Submitter {
  /** There is room for one more command. */
  hasRoom(): boolean;
  /** Submits a command; `taker` hears its result. Returns its id. */
  submit(command: Command, taker: Taker): number;
  /** The client left: nobody hears the result of this command any more. */
  drop(id: number): void;
  /** The connection could not go on reading: it wants to hear `resume` when there is room. */
  stalled(connection: ClientConnection): void;
  /** There is something to `flush` at the end of this turn. */
  dirty(connection: ClientConnection): void;
  /** Commands that the host answers. A promise: the answer takes a while. */
  answer(
    session: ClientSession,
    name: string,
    args: readonly Buffer[],
  ): Reply | Promise<Reply> | 'close';
  closed(connection: ClientConnection): void;
}

/** Hears the result of a command. */
export interface Taker {
  take(id: number, result: Result): void;
}

/** Requests of one connection that may be under way at a time. */
export const MAX_PIPELINE = 512;
/** Bytes of replies that may wait for a client that does not read; beyond, its requests wait. */
const MAX_UNREAD_BYTES = 1024 * 1024;
const KEEP_BUFFER_BYTES = 64 * 1024;

/**
 * Reads pass each other, and blind writes keep their order inside the machine; all else on one key
 * has to wait: a read could overtake a write, an update one that is tried again.
 */
const ORDER = { read: 0, write: 1, update: 2, host: 3 } as const;
type Order = (typeof ORDER)[keyof typeof ORDER];

function orderOf(command: Command): Order {
  if (command.f === 'get') return ORDER.read;
  return command.f === 'set' ? ORDER.write : ORDER.update;
}

/** A request that was read and not answered yet. */
class Pending implements Taker {
  readonly #connection: ClientConnection;
  readonly version: RespVersion;
  /** The only command of the request; undefined: several keys, or the host answers. */
  command: Command | undefined;
  /** Id of its command; for a request on several keys the place of each by id. */
  id = -1;
  places: Map<number, number> | undefined;
  /** Commands whose results are to come. */
  missing: number;
  result: Result | undefined;
  readonly results: Result[] = [];
  readonly write: WriteResult | undefined;
  readonly writeMany: WriteResults | undefined;
  reply: Reply | undefined;

  /** Class of its commands. */
  readonly order: Order;

  constructor(
    connection: ClientConnection,
    order: Order,
    missing: number,
    write: WriteResult | undefined,
    writeMany: WriteResults | undefined,
  ) {
    this.#connection = connection;
    this.version = connection.session.version;
    this.order = order;
    this.missing = missing;
    this.write = write;
    this.writeMany = writeMany;
  }

  take(id: number, result: Result): void {
    if (this.places === undefined) this.result = result;
    else this.results[this.places.get(id) as number] = result;
    this.id = -1;
    this.places?.delete(id);
    this.#connection.decided(this);
  }
}

/** A request whose commands are not all submitted. */
interface Submitting {
  readonly pending: Pending;
  readonly commands: readonly Command[];
  next: number;
}

export class ClientConnection {
  readonly session: ClientSession;
  readonly #socket: Socket;
  readonly #node: Submitter;
  readonly #parser = new RequestParser();
  #out = new Writer(1024);
  #requests: Pending[] = [];
  #head = 0;
  #submitting: Submitting | undefined;
  /** Commands under way, by `Order`. */
  readonly #underWay = [0, 0, 0];
  #waiting = false;
  #ending = false;
  /** The node knows that there is something to flush. */
  #dirty = false;
  #closed = false;

  constructor(socket: Socket, session: ClientSession, node: Submitter) {
    this.#socket = socket;
    this.session = session;
    this.#node = node;
    socket.setNoDelay(true);
    socket.on('data', (piece: Buffer) => {
      this.#parser.push(piece);
      this.#read();
    });
    socket.on('drain', () => {
      this.#toFlush();
      this.resume();
    });
    socket.on('error', () => this.#socket.destroy());
    socket.on('close', () => this.#close());
  }

  /** Reads on after a stall. */
  resume(): void {
    if (!this.#waiting || this.#closed) return;
    this.#waiting = false;
    this.#socket.resume();
    this.#read();
  }

  /**
   * Writes replies whose turn it is, once per turn: up to `most` bytes, but one at least. What is left
   * comes in the next turn. Returns how many bytes were written.
   */
  flush(most: number): number {
    this.#dirty = false;
    if (this.#closed) return 0;
    this.#writeReady(most);
    const written = this.#out.length;
    if (written > 0) {
      this.#socket.write(Buffer.from(this.#out.view()));
      if (this.#out.buffer.length > KEEP_BUFFER_BYTES) this.#out = new Writer(1024);
      else this.#out.reset();
    }
    if (this.#ending && this.#pipelined === 0) this.#socket.end();
    else if (this.#waiting && !this.#full) this.#node.stalled(this);
    // After a reply that the client has to take first, `drain` tells.
    if (this.#isReady && !this.#isClogged) this.#toFlush();
    return written;
  }

  /** In the order of the requests. */
  #writeReady(most: number): void {
    while (this.#isReady && this.#out.length < most && !this.#isClogged)
      this.#write(this.#requests[this.#head++] as Pending);
    if (this.#pipelined > 0 && this.#head <= 4 * MAX_PIPELINE) return;
    this.#requests = this.#requests.slice(this.#head);
    this.#head = 0;
  }

  /** The next request in order is decided. */
  get #isReady(): boolean {
    return this.#requests[this.#head]?.missing === 0;
  }

  get #isClogged(): boolean {
    return this.#out.length + this.#socket.writableLength > MAX_UNREAD_BYTES;
  }

  #toFlush(): void {
    if (this.#dirty || this.#closed) return;
    this.#dirty = true;
    this.#node.dirty(this);
  }

  close(): void {
    this.#socket.destroy();
  }

  get #pipelined(): number {
    return this.#requests.length - this.#head;
  }

  get #commandsUnderWay(): number {
    const [reads, writes, updates] = this.#underWay as [number, number, number];
    return reads + writes + updates;
  }

  get #full(): boolean {
    return this.#pipelined >= MAX_PIPELINE || this.#isClogged;
  }

  #read(): void {
    try {
      while (!this.#waiting && !this.#ending) {
        if (this.#full || !this.#node.hasRoom()) return this.#stall();
        if (this.#submitting !== undefined) {
          if (!this.#submitMore(this.#submitting)) return this.#stall(true);
          continue;
        }
        const args = this.#parser.next();
        if (args === undefined) return;
        this.#request(args);
      }
    } catch (error) {
      if (!(error instanceof RespError)) throw error;
      this.#refuse(error.message);
      this.#ending = true;
    }
  }

  /** Reads no more until `resume`. `byOrder`: until an own request is decided. */
  #stall(byOrder = false): void {
    this.#waiting = true;
    this.#socket.pause();
    if (!byOrder && !this.#full) this.#node.stalled(this);
  }

  #request(args: readonly Buffer[]): void {
    const asked = interpret(args);
    switch (asked.kind) {
      case 'one': {
        const { command } = asked;
        const pending = this.#push(orderOf(command), 1, asked.write, undefined);
        pending.command = command;
        if (this.#mayPass(command, pending)) this.#submit(pending, command);
        else this.#submitting = { pending, commands: [command], next: 0 };
        return;
      }
      case 'many': {
        const { commands } = asked;
        const order = orderOf(commands[0] as Command);
        const pending = this.#push(order, commands.length, undefined, asked.write);
        pending.places = new Map();
        this.#submitting = { pending, commands, next: 0 };
        return;
      }
      case 'error':
        return this.#refuse(asked.message);
      case 'host':
        return this.#askHost(asked.name, asked.args);
    }
  }

  /** Submits the next command of a request; false: it has to wait for an earlier one. */
  #submitMore(submitting: Submitting): boolean {
    const { pending, commands } = submitting;
    const command = commands[submitting.next] as Command;
    if (!this.#mayPass(command, pending)) return false;
    const id = this.#submit(pending, command);
    pending.places?.set(id, submitting.next++);
    if (submitting.next >= commands.length || pending.places === undefined)
      this.#submitting = undefined;
    return true;
  }

  #submit(pending: Pending, command: Command): number {
    this.#underWay[pending.order] = (this.#underWay[pending.order] as number) + 1;
    return (pending.id = this.#node.submit(command, pending));
  }

  /** Nothing is under way before `pending` that this command must not overtake. */
  #mayPass(command: Command, pending: Pending): boolean {
    const alike = this.#underWay[pending.order] as number;
    const others = this.#commandsUnderWay - alike;
    if (others === 0 && (alike === 0 || pending.order < ORDER.update)) return true;
    for (let at = this.#head; at < this.#requests.length; at++) {
      const earlier = this.#requests[at] as Pending;
      if (earlier === pending) return true;
      if (earlier.missing === 0 || earlier.order === ORDER.host) continue;
      if (earlier.order === pending.order && pending.order < ORDER.update) continue;
      if (earlier.command === undefined || earlier.command.key === command.key) return false;
    }
    return true;
  }

  #askHost(name: string, args: readonly Buffer[]): void {
    const answer = this.#node.answer(this.session, name, args);
    const pending = this.#push(ORDER.host, 1, undefined, undefined);
    if (answer instanceof Promise) {
      void answer.then((reply) => this.#answered(pending, reply));
      return;
    }
    if (answer === 'close') this.#ending = true;
    this.#answered(pending, answer === 'close' ? { type: 'simple', text: 'OK' } : answer);
  }

  #answered(pending: Pending, reply: Reply): void {
    pending.reply = reply;
    this.#filled(pending);
  }

  #refuse(message: string): void {
    const space = message.indexOf(' ');
    const pending = this.#push(ORDER.host, 1, undefined, undefined);
    this.#answered(pending, {
      type: 'error',
      code: message.slice(0, space),
      message: message.slice(space + 1),
    });
  }

  #push(
    order: Order,
    commands: number,
    write: WriteResult | undefined,
    writeMany: WriteResults | undefined,
  ): Pending {
    const pending = new Pending(this, order, commands, write, writeMany);
    this.#requests.push(pending);
    return pending;
  }

  /** A command is decided: whoever had to wait for it may go on. */
  decided(pending: Pending): void {
    this.#underWay[pending.order] = (this.#underWay[pending.order] as number) - 1;
    this.#filled(pending);
    if (this.#waiting && !this.#closed) this.#node.stalled(this);
  }

  /** Part of a request is decided: once it is the first in order, there is something to write. */
  #filled(pending: Pending): void {
    pending.missing--;
    if (pending.missing === 0 && this.#requests[this.#head] === pending) this.#toFlush();
  }

  #write(pending: Pending): void {
    if (pending.reply !== undefined) writeReply(this.#out, pending.reply, pending.version);
    else if (pending.write !== undefined)
      pending.write(this.#out, pending.result as Result, pending.version);
    else if (pending.writeMany !== undefined)
      pending.writeMany(this.#out, pending.results, pending.version);
    else writeError(this.#out, 'ERR nothing to answer');
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const pending of this.#requests.slice(this.#head)) {
      if (pending.id >= 0) this.#node.drop(pending.id);
      for (const id of pending.places?.keys() ?? []) this.#node.drop(id);
    }
    this.#requests = [];
    this.#node.closed(this);
  }
}
