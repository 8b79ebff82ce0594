/**
 * A client's line to a simulated node: a connection that is made again when it is lost, one operation
 * at a time, nothing ever sent twice; the law of the sessions with real nodes, in virtual time.
 */
import type { NodeName, Op, Outcome } from '../base/operation.ts';
import { NOT_CONNECTED, outcomeOfSilence } from '../base/outcomes.ts';
import type { Session } from '../system/system.ts';

/** Between two attempts to connect, µs. */
const RETRY_US = 100_000;

/** What a session needs of its system. */
export interface Line {
  nowUs(): number;
  at(us: number, what: () => void): void;
  /** How long the next message between client and node takes, µs. */
  delayUs(): number;
  /** The connection that is there now; undefined: nobody answers. It changes with every life of the node. */
  connection(): number | undefined;
  /** Asks the node once it takes anything: `asked` gets the number of the request. `answered` may come first. */
  ask(
    op: Op,
    answered: (outcome: Outcome) => void,
    asked: (request: number | undefined) => void,
  ): void;
  /** The client of that request has left. */
  leave(request: number): void;
}

interface Open {
  readonly op: Op;
  readonly done: (outcome: Outcome) => void;
  /** Number of the request at the node, once it got there. */
  request: number | undefined;
}

export class SimulatedSession implements Session {
  readonly node: NodeName;
  readonly #line: Line;
  readonly #timeoutUs: number;
  #up: (() => void)[] = [];
  #connection: number | undefined;
  #open: Open | undefined;
  #closed = false;

  constructor(node: NodeName, line: Line, timeoutUs: number) {
    this.node = node;
    this.#line = line;
    this.#timeoutUs = timeoutUs;
    this.#connectLater(line.delayUs());
  }

  onUp(fn: () => void): void {
    this.#up.push(fn);
    if (this.#connection !== undefined) fn();
  }

  submit(op: Op, done: (outcome: Outcome) => void): void {
    const line = this.#line;
    if (this.#open !== undefined) throw new Error('a session carries one operation at a time');
    const connection = this.#connection;
    if (connection === undefined || this.#closed)
      return line.at(line.nowUs(), () => done(NOT_CONNECTED));
    const open: Open = (this.#open = { op, done, request: undefined });
    line.at(line.nowUs() + this.#timeoutUs, () => {
      if (this.#open === open) this.#lost('timeout');
    });
    line.at(line.nowUs() + line.delayUs(), () => this.#arrive(open, connection));
  }

  close(): void {
    this.#closed = true;
    this.#up = [];
    if (this.#open !== undefined) this.#leave(this.#open);
    this.#open = undefined;
    this.#connection = undefined;
  }

  /** The node's process has ended: whoever listens hears of it a little later. */
  broken(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#line.at(this.#line.nowUs() + this.#line.delayUs(), () => {
      if (this.#connection === connection) this.#lost('connection lost');
    });
  }

  #arrive(open: Open, connection: number): void {
    const line = this.#line;
    if (this.#open !== open || line.connection() !== connection) return;
    line.ask(
      open.op,
      (outcome) => line.at(line.nowUs() + line.delayUs(), () => this.#answered(open, outcome)),
      (request) => {
        open.request = request;
        // Its client left while it waited for its turn.
        if (this.#open !== open) this.#leave(open);
      },
    );
  }

  #answered(open: Open, outcome: Outcome): void {
    if (this.#open !== open) return;
    this.#open = undefined;
    open.done(outcome);
  }

  /** The connection is given up; what was asked stays without an answer. */
  #lost(why: 'timeout' | 'connection lost'): void {
    const open = this.#open;
    this.#open = undefined;
    this.#connection = undefined;
    this.#connectLater(RETRY_US);
    if (open === undefined) return;
    this.#leave(open);
    open.done(outcomeOfSilence(open.op, why));
  }

  #leave({ request }: Open): void {
    const line = this.#line;
    if (request !== undefined) line.at(line.nowUs() + line.delayUs(), () => line.leave(request));
  }

  #connectLater(us: number): void {
    this.#line.at(this.#line.nowUs() + us, () => {
      if (this.#closed || this.#connection !== undefined) return;
      this.#connection = this.#line.connection();
      if (this.#connection === undefined) return this.#connectLater(RETRY_US);
      for (const fn of [...this.#up]) fn();
    });
  }
}
