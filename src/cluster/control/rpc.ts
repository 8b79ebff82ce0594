/**
 * Calls over a stream of JSON lines: the control socket of a holder, and the pipe between a holder
 * and its ground. Either side may call; answers carry the number of their question.
 *
 *     {"id":1,"op":"inject","args":{…}}   {"id":1,"result":{…}}   {"id":1,"error":{"message":"…"}}
 *     {"event":{…}}
 */
import type { Readable, Writable } from 'node:stream';
import { UserError } from '../../base/user-error.ts';

/** A longer line is garbage. */
const MAX_LINE_BYTES = 4 * 1024 * 1024;

/** What one side answers to a call. Throws: the other side gets the message, a `UserError` as such. */
export type Handler = (op: string, args: unknown) => unknown;

/** The other side is gone, or never said anything sensible. */
export class RpcClosed extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'RpcClosed';
  }
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Message {
  readonly id?: unknown;
  readonly op?: unknown;
  readonly args?: unknown;
  readonly result?: unknown;
  readonly error?: unknown;
  readonly event?: unknown;
}

export class Rpc {
  /** Resolves when the stream has ended, for whatever reason. */
  readonly closed: Promise<void>;
  /** Called with each event of the other side. */
  onEvent: (event: unknown) => void = () => {};
  readonly #input: Readable;
  readonly #output: Writable;
  readonly #handler: Handler | undefined;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  #rest = '';
  #why: string | undefined;
  #end: () => void = () => {};

  constructor(input: Readable, output: Writable, handler?: Handler) {
    this.#input = input;
    this.#output = output;
    this.#handler = handler;
    this.closed = new Promise((resolve) => (this.#end = resolve));
    input.setEncoding('utf8');
    input.on('data', (text: string) => this.#read(text));
    for (const event of ['end', 'close', 'error']) {
      input.on(event, () => this.close('the connection ended'));
    }
    output.on('error', () => this.close('the connection broke'));
  }

  /** Asks the other side. Rejects with its error, or with `RpcClosed`. */
  call(op: string, args: unknown = {}): Promise<unknown> {
    if (this.#why !== undefined) return Promise.reject(new RpcClosed(this.#why));
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#send({ id, op, args });
    });
  }

  emit(event: unknown): void {
    if (this.#why === undefined) this.#send({ event });
  }

  /** Ends the connection; open calls are rejected. */
  close(why = 'closed'): void {
    if (this.#why !== undefined) return;
    this.#why = why;
    for (const { reject } of this.#waiting.values()) reject(new RpcClosed(why));
    this.#waiting.clear();
    this.#output.end();
    this.#input.destroy();
    this.#end();
  }

  #send(message: Message): void {
    this.#output.write(`${JSON.stringify(message)}\n`);
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) if (this.#why === undefined) this.#line(line);
    if (this.#rest.length > MAX_LINE_BYTES) this.close('a line without end');
  }

  #line(line: string): void {
    const message = parse(line);
    if (message === undefined) {
      this.#send({ error: { message: 'not a line of JSON' } });
      this.close('not a line of JSON');
    } else if (message.event !== undefined) this.onEvent(message.event);
    else if (typeof message.id !== 'number') {
      this.#send({ error: { message: 'a call needs an id' } });
      this.close('a line that is neither a call nor an answer');
    } else if (typeof message.op === 'string')
      void this.#answer(message.id, message.op, message.args);
    else this.#settle(message.id, message);
  }

  async #answer(id: number, op: string, args: unknown): Promise<void> {
    try {
      if (this.#handler === undefined) throw new Error('this side answers nothing');
      const result = (await this.#handler(op, args)) ?? null;
      if (this.#why === undefined) this.#send({ id, result });
    } catch (thrown) {
      if (this.#why === undefined) this.#send({ id, error: describe(thrown) });
    }
  }

  #settle(id: number, { result, error }: Message): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(revive(error));
  }
}

function parse(line: string): Message | undefined {
  try {
    const message: unknown = JSON.parse(line);
    return typeof message === 'object' && message !== null ? message : undefined;
  } catch {
    return undefined;
  }
}

function describe(thrown: unknown): { message: string; user: boolean; hint?: string } {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const user = error instanceof UserError;
  return { message: error.message, user, ...(user && error.hint ? { hint: error.hint } : {}) };
}

function revive(error: unknown): Error {
  const { message, user, hint } = error as ReturnType<typeof describe>;
  return user ? new UserError(message, hint) : new Error(message);
}
