/**
 * One client: bound to one node, one operation in flight, no operation ever sent twice.
 *
 * It invokes only while its session is up, while it has operations to do, and not while it backs off
 * from a replica that refuses. After an unknown outcome its process is retired: worker w goes on as
 * process + number of clients.
 */
import type { NodeName, Op, Outcome, Value } from '../base/operation.ts';
import { BACK_OFF, NOT_CONNECTED } from '../base/outcomes.ts';
import type { Random } from '../base/random.ts';
import type { HistoryEvent } from '../history/event.ts';
import type { Session, System } from '../system/system.ts';

/** What a worker asks of the crew to which it belongs. */
export interface Foreman {
  readonly system: Pick<System, 'nowNs' | 'at'>;
  /** Number of clients: the step from a retired process to the next. */
  readonly count: number;
  /** An operation, if there is one left to do. */
  next(worker: Worker): Op | 'wait' | 'done';
  invoked(worker: Worker, op: Op): HistoryEvent;
  completed(worker: Worker, invocation: HistoryEvent, outcome: Outcome): void;
  /** A worker has nothing more to do. */
  ended(): void;
}

const MS = 1e6;
const BACK_OFF_FIRST_NS = 50 * MS;
const BACK_OFF_MOST_NS = 500 * MS;
const WAIT_NS = 10 * MS;
/** A session that never says it is up again is tried after this long all the same. */
const TRY_ANYWAY_NS = 2000 * MS;

/** Outcomes after which the session is replaced by a new one. */
const SESSION_LOST: ReadonlySet<string> = new Set([
  'timeout',
  'connection lost',
  NOT_CONNECTED.error,
]);

export class Worker {
  readonly node: NodeName;
  readonly random: Random;
  /** Last value that this client observed, by key. */
  readonly seen = new Map<number, Value>();
  process: number;
  /** Operations that it may do now. */
  due = 0;
  busy = false;
  readonly #foreman: Foreman;
  readonly #session: Session;
  #up = false;
  #ups = 0;
  #quiet = false;
  #backOffNs = 0;
  #ended = false;

  constructor(foreman: Foreman, index: number, node: NodeName, session: Session, random: Random) {
    this.#foreman = foreman;
    this.process = index;
    this.node = node;
    this.random = random;
    this.#session = session;
    session.onUp(() => this.#isUp());
  }

  /** True: it could invoke at once if it had something to do. */
  get idle(): boolean {
    return !this.#ended && this.#up && !this.busy && !this.#quiet;
  }

  /** True: nothing more will ever come from it. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Does the next operation if it may. */
  wake(): void {
    if (!this.idle || this.due <= 0) return;
    const op = this.#foreman.next(this);
    if (op === 'done') {
      this.#ended = true;
      this.#foreman.ended();
      return;
    }
    if (op === 'wait') {
      this.#rest(WAIT_NS);
      return;
    }
    this.due -= 1;
    this.#submit(op);
  }

  close(): void {
    this.#ended = true;
    this.#session.close();
  }

  #submit(op: Op): void {
    this.busy = true;
    const ups = this.#ups;
    const invocation = this.#foreman.invoked(this, op);
    this.#session.submit(op, (outcome) => {
      this.#foreman.completed(this, invocation, outcome);
      this.busy = false;
      this.#learn(op, outcome);
      if (outcome.type === 'info') this.process += this.#foreman.count;
      if (outcome.type !== 'ok' && SESSION_LOST.has(outcome.error) && this.#ups === ups)
        this.#isDown();
      if (outcome.type === 'fail' && BACK_OFF.has(outcome.error.split(' ', 1)[0] as string))
        this.#backOff();
      else this.#backOffNs = 0;
      this.wake();
    });
  }

  #learn(op: Op, outcome: Outcome): void {
    const value = valueSeen(op, outcome);
    if (value !== undefined) this.seen.set(op.key, value);
  }

  #isUp(): void {
    this.#up = true;
    this.#ups += 1;
    this.wake();
  }

  #isDown(): void {
    this.#up = false;
    const ups = this.#ups;
    const { system } = this.#foreman;
    system.at(system.nowNs() + TRY_ANYWAY_NS, () => {
      if (this.#ups === ups) this.#isUp();
    });
  }

  #backOff(): void {
    this.#backOffNs = Math.min(BACK_OFF_MOST_NS, Math.max(BACK_OFF_FIRST_NS, this.#backOffNs * 2));
    this.#rest(this.#backOffNs);
  }

  #rest(ns: number): void {
    this.#quiet = true;
    const { system } = this.#foreman;
    system.at(system.nowNs() + ns, () => {
      this.#quiet = false;
      this.wake();
    });
  }
}

/** The value of the key that an outcome shows; undefined: it shows none. */
export function valueSeen(op: Op, outcome: Outcome): Value | undefined {
  if (outcome.type === 'fail') return outcome.observed;
  if (outcome.type === 'info') return undefined;
  switch (op.f) {
    case 'read':
      return outcome.value;
    case 'write':
    case 'getset':
      return op.value;
    case 'cas':
      return Array.isArray(op.value) ? (op.value[1] as Value) : undefined;
    case 'add':
      return outcome.result;
    case 'delete':
      return null;
    default:
      return undefined;
  }
}
