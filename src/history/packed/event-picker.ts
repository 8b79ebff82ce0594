/** The second reading of a history that was packed: of millions of events only a few, as objects. */
import { HistoryParser } from '../history-parser.ts';
import type { HistoryEvent } from '../event.ts';
import { OpenOperations } from './open-operations.ts';
import { INVOKE, type Scanned } from './packer.ts';

export class EventPicker {
  readonly #wanted: ReadonlySet<number>;
  readonly #parser: HistoryParser;
  readonly #open = new OpenOperations();
  /** Invocations that were not met yet, and operations that were not whole. */
  #unmet: number;
  #missing: number;

  /** `wanted`: event numbers of invocations; their completions come with them. `name` stands in messages. */
  constructor(wanted: ReadonlySet<number>, name: string) {
    this.#wanted = wanted;
    this.#unmet = this.#missing = wanted.size;
    this.#parser = new HistoryParser({ name, foreign: true });
  }

  /** All invocations that are wanted were there. */
  get complete(): boolean {
    return this.#unmet === 0;
  }

  /** All that is wanted was taken. */
  get done(): boolean {
    return this.#missing === 0;
  }

  /** Is it one of them? Asked once about each event, in order. */
  wants({ process, name, type }: Scanned, event: number): boolean {
    const slot = this.#open.slot(process < 0 ? name : process);
    if (type === INVOKE) {
      if (!this.#wanted.has(event)) return false;
      this.#open.open(slot, event);
      this.#unmet--;
      return true;
    }
    if (this.#open.at(slot) < 0) return false;
    this.#open.close(slot);
    this.#missing--;
    return true;
  }

  take(record: Record<string, unknown>, event: number, time: number, line: number): void {
    this.#parser.record({ ...record, index: event, time }, '', line);
  }

  events(): readonly HistoryEvent[] {
    return this.#parser.finish('').history.events;
  }
}
