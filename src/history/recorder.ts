/**
 * The one ordered writer of a history.
 *
 * Events are numbered and stamped when they are recorded and kept in memory for the check after the
 * run; text is made and written in batches, off the path of the operations. Batches go out one after
 * the other, so that whatever is on disk when the program dies is a prefix of the run, and any prefix
 * is a sound history (its open operations are unknown).
 */
import type { NodeName, Op, Outcome, Value } from '../base/operation.ts';
import type { UserError } from '../base/user-error.ts';
import { type BatchWriter, openWriter } from './batch-writer.ts';
import type { FinalSample, History, HistoryEvent, HistoryHeader, NemesisEvent } from './event.ts';

export interface RecorderOptions {
  /** `history.jsonl`; absent: in memory only. Must not exist yet. */
  readonly path?: string;
  /** Written as the first line; `hermes: 1` is added. */
  readonly header?: Omit<HistoryHeader, 'hermes'>;
  /** The one clock: nanoseconds since the run began, whole, never decreasing. */
  nowNs(): number;
  /** Called once, when the file can no longer be written; recording goes on in memory. */
  onError?(error: UserError): void;
}

/** A peek as the final phase reports it; number, time and `process` are added. */
export type FinalReport = Omit<FinalSample, 'index' | 'process' | 'f' | 'time'>;

export interface Recorder {
  /** An operation is about to be sent: call before its first byte leaves. Returns the event. */
  invoke(process: number, op: Op, node?: NodeName): HistoryEvent;
  /** It ended: call after the last byte of the reply was read, once, with what `invoke` returned. */
  complete(invocation: HistoryEvent, outcome: Outcome): HistoryEvent;
  /** `start partition` before a fault is applied, `stop partition` after it was undone. */
  nemesis(f: string, value: NemesisEvent['value']): NemesisEvent;
  /** What a replica holds of a key at the end. */
  final(report: FinalReport): FinalSample;
  /** Everything recorded so far. The arrays are live: they grow while the run goes on. */
  readonly history: History;
  /** Resolves when everything recorded so far is with the kernel. Throws what `onError` was told. */
  flush(): Promise<void>;
  /** Flushes, closes. Nothing may be recorded afterwards. Idempotent. Throws as `flush` does. */
  close(): Promise<void>;
}

/** Opens the file and writes the header. Throws a `UserError` if that is not possible. */
export async function openRecorder(options: RecorderOptions): Promise<Recorder> {
  const header: HistoryHeader = { hermes: 1, ...options.header };
  const writer =
    options.path === undefined ? undefined : await openWriter(options.path, options.onError);
  writer?.push(header);
  await writer?.flush();
  return new OrderedRecorder(header, options, writer);
}

/** A recorder without a file. */
export function recordInMemory(options: Pick<RecorderOptions, 'header' | 'nowNs'>): Recorder {
  return new OrderedRecorder({ hermes: 1, ...options.header }, options, undefined);
}

class OrderedRecorder implements Recorder {
  readonly history: History;
  readonly #events: HistoryEvent[] = [];
  readonly #nemesis: NemesisEvent[] = [];
  readonly #final: FinalSample[] = [];
  readonly #nowNs: () => number;
  readonly #writer: BatchWriter | undefined;
  #index = 0;
  #time = 0;

  constructor(header: HistoryHeader, options: RecorderOptions, writer: BatchWriter | undefined) {
    this.#nowNs = () => options.nowNs();
    this.#writer = writer;
    this.history = { header, events: this.#events, nemesis: this.#nemesis, final: this.#final };
  }

  invoke(process: number, op: Op, node?: NodeName): HistoryEvent {
    return this.#client(
      {
        index: this.#index++,
        process,
        type: 'invoke',
        f: op.f,
        key: op.key,
        value: op.value,
        time: this.#now(),
      },
      node,
    );
  }

  complete(invocation: HistoryEvent, outcome: Outcome): HistoryEvent {
    const { process, f, key, node } = invocation;
    const value: Value = outcome.type === 'ok' ? outcome.value : invocation.value;
    const event: Changeable<HistoryEvent> = {
      index: this.#index++,
      process,
      type: outcome.type,
      f,
      ...(key !== undefined && { key }),
      value,
      time: this.#now(),
    };
    if (outcome.type === 'ok') {
      if (outcome.result !== undefined) event.result = outcome.result;
    } else {
      event.error = outcome.error;
      if (outcome.type === 'fail' && outcome.observed !== undefined)
        event.observed = outcome.observed;
    }
    return this.#client(event, node);
  }

  nemesis(f: string, value: NemesisEvent['value']): NemesisEvent {
    const event: NemesisEvent = {
      index: this.#index++,
      process: 'nemesis',
      type: 'info',
      f,
      value,
      time: this.#now(),
    };
    this.#nemesis.push(event);
    this.#writer?.push(event);
    return event;
  }

  final(report: FinalReport): FinalSample {
    const sample: FinalSample = {
      index: this.#index++,
      process: 'final',
      f: 'peek',
      ...report,
      time: this.#now(),
    };
    this.#final.push(sample);
    this.#writer?.push(sample);
    return sample;
  }

  async flush(): Promise<void> {
    await this.#writer?.flush();
  }

  async close(): Promise<void> {
    await this.#writer?.close();
  }

  #client(event: HistoryEvent, node: NodeName | undefined): HistoryEvent {
    const full: HistoryEvent = node === undefined ? event : { ...event, node };
    this.#events.push(full);
    this.#writer?.push(full);
    return full;
  }

  /** Times never decrease, even if a clock should once step back by its own rounding. */
  #now(): number {
    this.#time = Math.max(this.#time, Math.round(this.#nowNs()));
    return this.#time;
  }
}

type Changeable<T> = { -readonly [K in keyof T]: T[K] };
