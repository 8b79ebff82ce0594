/**
 * The events of one key while they are recorded, handed on in their order as soon as what became of
 * each operation is known: not beyond the call of the oldest one that is still open. What is held back
 * is bounded by the longest operation.
 */
import type { HistoryEvent } from '../../history/event.ts';
import { type Call, NEVER } from '../calls.ts';

/** Whoever is told. `call` is complete: its end, if it has one, and its ranks are known. */
export interface SettledSink {
  called(call: Call): void;
  /** Not said of operations with unknown outcome. */
  returned(call: Call): void;
}

/** A call that is being recorded. */
export type RecordedCall = { -readonly [K in keyof Call]: Call[K] };

interface Waiting {
  readonly call: RecordedCall;
  readonly returns: boolean;
}

export class SettledEvents {
  readonly #sink: SettledSink;
  /** What was not handed on, from `#head` on. */
  #waiting: Waiting[] = [];
  #head = 0;
  #rank = 0;

  constructor(sink: SettledSink) {
    this.#sink = sink;
  }

  /** Events that were not handed on. */
  get waiting(): number {
    return this.#waiting.length - this.#head;
  }

  invoke(event: HistoryEvent): RecordedCall {
    const call = { invoke: event, end: undefined, call: this.#rank++, ret: NEVER };
    this.#waiting.push({ call, returns: false });
    return call;
  }

  complete(call: RecordedCall, event: HistoryEvent): void {
    call.end = event;
    if (event.type !== 'info') {
      call.ret = this.#rank++;
      this.#waiting.push({ call, returns: true });
    }
    this.#handOn(false);
  }

  /** No more will come: what is open stays unknown. */
  finish(): void {
    this.#handOn(true);
  }

  #handOn(all: boolean): void {
    for (; this.#head < this.#waiting.length; this.#head++) {
      const { call, returns } = this.#waiting[this.#head] as Waiting;
      if (returns) this.#sink.returned(call);
      else if (all || call.end !== undefined) this.#sink.called(call);
      else break;
    }
    const none = this.#head === this.#waiting.length;
    if (none || (this.#head > 64 && this.#head * 2 > this.#waiting.length)) {
      this.#waiting = this.#waiting.slice(this.#head);
      this.#head = 0;
    }
  }
}
