/**
 * The end of a run: after everything was healed, every key is read on every node, by new processes.
 * A node that does not serve a key is asked again until the time is up.
 */
import type { NodeName, Op, Outcome } from '../base/operation.ts';
import type { Recorder } from '../history/recorder.ts';
import type { Session, System } from '../system/system.ts';

export interface FinalReadsOptions {
  readonly system: Pick<System, 'nowNs' | 'at' | 'session'>;
  readonly recorder: Pick<Recorder, 'invoke' | 'complete'>;
  /** Nodes that should answer. */
  readonly nodes: readonly NodeName[];
  /** What to do on every node: reads of all keys, unless the workload says otherwise. */
  readonly ops: readonly Op[];
  /** No process from this number on was used. */
  readonly firstProcess: number;
  /** System time at which it is given up. */
  readonly untilNs: number;
}

/** An operation that a node did not serve. */
export interface NotServed {
  readonly node: NodeName;
  readonly key: number;
  readonly error: string;
}

const AGAIN_NS = 50e6;
const WAIT_FOR_SESSION_NS = 100e6;

/** Calls `done` with what was not served. All nodes at once, each one operation at a time. */
export function finalReads(
  options: FinalReadsOptions,
  done: (notServed: readonly NotServed[]) => void,
): void {
  const notServed: NotServed[] = [];
  let running = options.nodes.length;
  if (running === 0) return done([]);
  options.nodes.forEach((node, i) => {
    new NodeReads(options, node, options.firstProcess + i, (own) => {
      notServed.push(...own);
      running -= 1;
      if (running === 0) done(notServed);
    }).start();
  });
}

class NodeReads {
  readonly #o: FinalReadsOptions;
  readonly #node: NodeName;
  readonly #session: Session;
  readonly #done: (notServed: readonly NotServed[]) => void;
  readonly #notServed: NotServed[] = [];
  #process: number;
  #at = 0;
  #up = false;
  #waiting = false;

  constructor(
    options: FinalReadsOptions,
    node: NodeName,
    process: number,
    done: (notServed: readonly NotServed[]) => void,
  ) {
    this.#o = options;
    this.#node = node;
    this.#process = process;
    this.#done = done;
    this.#session = options.system.session(node);
  }

  start(): void {
    this.#session.onUp(() => {
      this.#up = true;
      if (this.#waiting) this.#step('not connected');
    });
    this.#step('not connected');
  }

  /** Does the next operation, or the present one again; `error` is why it has not been served yet. */
  #step(error: string): void {
    const { system, ops, untilNs } = this.#o;
    this.#waiting = false;
    if (system.nowNs() > untilNs) {
      this.#notServed.push(
        ...ops.slice(this.#at).map(({ key }) => ({ node: this.#node, key, error })),
      );
      return this.#end();
    }
    const op = ops[this.#at];
    if (op === undefined) return this.#end();
    if (!this.#up) return this.#later(WAIT_FOR_SESSION_NS, error);
    const invocation = this.#o.recorder.invoke(this.#process, op, this.#node);
    this.#session.submit(op, (outcome) => {
      this.#o.recorder.complete(invocation, outcome);
      this.#take(outcome);
    });
  }

  #take(outcome: Outcome): void {
    if (outcome.type === 'info') this.#process += this.#o.nodes.length;
    if (outcome.type === 'ok' || (outcome.type === 'fail' && outcome.observed !== undefined)) {
      this.#at += 1;
      return this.#step('');
    }
    this.#later(AGAIN_NS, outcome.error);
  }

  #later(ns: number, error: string): void {
    this.#waiting = true;
    const { system } = this.#o;
    system.at(system.nowNs() + ns, () => {
      if (this.#waiting) this.#step(error);
    });
  }

  #end(): void {
    this.#session.close();
    this.#done(this.#notServed);
  }
}
