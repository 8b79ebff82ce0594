/**
 * A client's line to one node: a connection that is made again when it is lost, one operation at a
 * time, nothing ever sent twice.
 */
import { outcomeOfAnswer, outcomeOfThrown } from '../base/answer.ts';
import { Definite, type Op, type Outcome } from '../base/operation.ts';
import { NOT_CONNECTED, outcomeOfSilence } from '../base/outcomes.ts';
import type { Client, NodeInfo, Session, Target } from '../system/system.ts';
import { WrongNode } from '../system/wrong-node.ts';

/** Between two attempts to connect, in ms. */
const RETRY_MS = 100;
/** How long one attempt may take, in ms. */
const CONNECT_WITHIN_MS = 1_000;
/** Default of `clientTimeoutMs`: above the replica's own deadline, so that most ends are told. */
export const CLIENT_TIMEOUT_MS = 1_500;

export class ClusterSession implements Session {
  readonly #target: Target;
  readonly #node: NodeInfo;
  readonly #timeoutMs: number;
  readonly #onStranger: (error: WrongNode) => void;
  #client: Client | undefined;
  #up: (() => void)[] = [];
  #closed = false;
  #busy = false;
  #retry: NodeJS.Timeout | undefined;
  /** Lets go of the operation in flight, whose outcome nobody waits for any more. */
  #drop: () => void = () => {};

  /** `onStranger`: each time that somebody else answered at the node's address. */
  constructor(
    target: Target,
    node: NodeInfo,
    timeoutMs: number = CLIENT_TIMEOUT_MS,
    onStranger: (error: WrongNode) => void = ignore,
  ) {
    this.#target = target;
    this.#node = node;
    this.#timeoutMs = timeoutMs;
    this.#onStranger = onStranger;
    void this.#connect();
  }

  onUp(fn: () => void): void {
    this.#up.push(fn);
    if (this.#client !== undefined) fn();
  }

  submit(op: Op, done: (outcome: Outcome) => void): void {
    const client = this.#client;
    if (client === undefined || this.#closed) {
      queueMicrotask(() => done(NOT_CONNECTED));
      return;
    }
    if (this.#busy) throw new Error('a session carries one operation at a time');
    this.#busy = true;
    const abort = new AbortController();
    const end = (outcome: Outcome, lost: boolean): void => {
      clearTimeout(timer);
      if (!this.#busy || client !== this.#client) return;
      this.#busy = false;
      if (lost) this.#lose(client);
      done(outcome);
    };
    const timer = setTimeout(() => {
      end(outcomeOfSilence(op, 'timeout'), true);
      abort.abort();
    }, this.#timeoutMs);
    this.#drop = () => {
      clearTimeout(timer);
      abort.abort();
    };
    invoke(client, op, abort.signal).then(
      (outcome) => end(outcome, false),
      () => end(outcomeOfSilence(op, 'connection lost'), true),
    );
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    if (this.#busy) this.#drop();
    this.#up = [];
    const client = this.#client;
    this.#client = undefined;
    void client?.close().catch(ignore);
  }

  async #connect(): Promise<void> {
    if (this.#closed) return;
    try {
      const client = await this.#target.connect(this.#node, AbortSignal.timeout(CONNECT_WITHIN_MS));
      if (this.#closed) await client.close();
      else this.#use(client);
    } catch (error) {
      if (error instanceof WrongNode && !this.#closed) this.#onStranger(error);
      this.#later();
    }
  }

  #use(client: Client): void {
    this.#client = client;
    void client.closed?.then(() => {
      // In an operation, its own end tells.
      if (client === this.#client && !this.#busy) this.#lose(client);
    });
    for (const fn of this.#up) fn();
  }

  #lose(client: Client): void {
    this.#client = undefined;
    void client.close().catch(ignore);
    this.#later();
  }

  #later(): void {
    if (!this.#closed) this.#retry = setTimeout(() => void this.#connect(), RETRY_MS);
  }
}

/** The outcome of an operation that got an answer. Rejects where nobody knows. */
async function invoke(client: Client, op: Op, signal: AbortSignal): Promise<Outcome> {
  try {
    return outcomeOfAnswer(op, await client.invoke(op, signal));
  } catch (error) {
    if (!(error instanceof Definite)) throw error;
    return outcomeOfThrown(op, error);
  }
}

function ignore(): void {}
