/**
 * `record()`: a history from a test of one's own, where the operations are the test's own code.
 */
import { outcomeOfAnswer, outcomeOfThrown } from '../base/answer.ts';
import type { Op, Value } from '../base/operation.ts';
import type { History } from './event.ts';
import { recordInMemory, type Recorder } from './recorder.ts';

export interface Recording {
  /**
   * Runs `f` as one operation of a client and records it: what it returns is the value of a read, the
   * result of others. A `Definite` that it throws says that nothing happened, any other error that
   * nobody knows (of a read: nothing); either is thrown on. A client has one operation open at a time:
   * a second is a `TypeError`. After an unknown outcome it goes on under a number nobody has used.
   */
  run<T extends Value | void>(client: number, op: Op, f: () => Promise<T>): Promise<T>;
  /** Everything so far. It grows as operations are recorded. */
  readonly history: History;
}

/** An empty recording. Time is the process's monotonic clock, from now on. */
export function record(): Recording {
  const began = process.hrtime.bigint();
  const recorder = recordInMemory({ nowNs: () => Number(process.hrtime.bigint() - began) });
  const open = new OpenRecording(recorder);
  // Not the object itself: a test may take `run` on its own.
  return { run: (client, op, f) => open.run(client, op, f), history: open.history };
}

class OpenRecording implements Recording {
  readonly history: History;
  readonly #recorder: Recorder;
  /** The number in the history of each client of the test. */
  readonly #numbers = new Map<number, number>();
  readonly #used = new Set<number>();
  readonly #busy = new Set<number>();

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
    this.history = recorder.history;
  }

  async run<T extends Value | void>(client: number, op: Op, f: () => Promise<T>): Promise<T> {
    if (this.#busy.has(client))
      throw new TypeError(`client ${client} has an operation open already`);
    this.#busy.add(client);
    const invocation = this.#recorder.invoke(this.#number(client), op);
    try {
      const answer = await f();
      this.#recorder.complete(invocation, outcomeOfAnswer(op, answer as Value | undefined));
      return answer;
    } catch (thrown) {
      const outcome = outcomeOfThrown(op, thrown);
      this.#recorder.complete(invocation, outcome);
      if (outcome.type === 'info') this.#numbers.delete(client);
      throw thrown;
    } finally {
      this.#busy.delete(client);
    }
  }

  /** The test's own number as long as nobody has it; otherwise the next that nobody has used. */
  #number(client: number): number {
    const known = this.#numbers.get(client);
    if (known !== undefined) return known;
    let free = client;
    while (this.#used.has(free)) free += 1;
    this.#used.add(free);
    this.#numbers.set(client, free);
    return free;
  }
}
