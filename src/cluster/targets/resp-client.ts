/**
 * Our own RESP connection: requests are answered in order, nothing is ever sent twice, and a
 * connection that is lost stays lost.
 */
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { encodeRequest, ReplyParser, type Reply } from '../../wire/resp.ts';

/** What is wrong with a reply; undefined: nothing. */
type Judge = (reply: Reply) => Error | undefined;

interface Waiting {
  readonly judge: Judge;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

export class RespClient {
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #parser = new ReplyParser();
  #waiting: Waiting[] = [];
  #why = 'closed';

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', (error) => (this.#why = error.message));
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        for (const { reject } of this.#waiting) reject(new Error(`connection lost: ${this.#why}`));
        this.#waiting = [];
        resolve();
      });
    });
  }

  /** Connects. Rejects if nobody answers or `signal` aborts first. */
  static open(address: NetConnectOpts, signal: AbortSignal): Promise<RespClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(address);
      const give = (error: Error): void => {
        signal.removeEventListener('abort', late);
        socket.destroy();
        reject(error);
      };
      const late = (): void => give(new Error('nobody answered in time'));
      signal.addEventListener('abort', late);
      if (signal.aborted) return late();
      socket.once('error', give);
      socket.once('connect', () => {
        signal.removeEventListener('abort', late);
        socket.off('error', give);
        socket.setNoDelay(true);
        resolve(new RespClient(socket));
      });
    });
  }

  /**
   * Sends one request. Rejects when the connection is lost before its reply came. If `judge` finds the
   * reply wrong, rejects with that error and closes: no later reply on this connection counts.
   */
  request(args: readonly (string | Uint8Array)[], judge: Judge = () => undefined): Promise<Reply> {
    if (this.#socket.destroyed) return Promise.reject(new Error('connection lost'));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ judge, resolve, reject });
      this.#socket.write(encodeRequest(args));
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#parser.push(chunk);
    try {
      for (;;) {
        const reply = this.#parser.next();
        if (reply === undefined) return;
        // What nobody asked for (a push of RESP3) is nobody's answer.
        if (reply.type !== 'push') this.#answer(reply);
      }
    } catch (error) {
      this.#socket.destroy(error as Error);
    }
  }

  #answer(reply: Reply): void {
    const waiting = this.#waiting.shift();
    const wrong = waiting?.judge(reply);
    if (wrong === undefined) return waiting?.resolve(reply);
    waiting?.reject(wrong);
    throw wrong;
  }
}
