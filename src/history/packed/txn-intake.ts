/**
 * Pairs the events of transactions and hands their micro-operations to the columns: those of a success as
 * it reports them, the others as they were asked for. What was asked for is therefore not looked at before
 * it is known what became of it; until then its bytes are kept.
 */
import { OpenOperations } from './open-operations.ts';
import { INFO as INFO_EVENT, OK as OK_EVENT } from './packed-history.ts';
import { INVOKE, type Scanned } from './packer.ts';
import { valueEnd } from './token-scanner.ts';
import { TxnBuilder } from './txn-builder.ts';
import { wider } from './wider.ts';
import { FAIL, INFO, OK, type TxnKind, type Txns } from './txns.ts';

/**
 * How micro-operations are parsed: only their form is looked at; what reads saw is unknown; it counts; those
 * in the columns are held against them, but for what reads saw.
 */
export const [DRY, ASKED, SEEN, SAME] = [0, 1, 2, 3] as const;
export type Parsing = typeof DRY | typeof ASKED | typeof SEEN | typeof SAME;

/** Parses the micro-operations that begin there; false: they have another form, or are not the same. */
type ParseMicros = (at: number, of: Buffer, how: Parsing) => boolean;

export class TxnIntake {
  readonly columns: TxnBuilder;
  readonly #parse: ParseMicros;
  readonly #open = new OpenOperations();
  /** Per slot: where what its invocation asked for begins in the bytes at hand; −1: nothing. */
  #from = new Int32Array(64);
  /** Per slot: the same where those bytes are gone. */
  readonly #kept: (Buffer | undefined)[] = [];
  /** Slots of what was invoked in the bytes at hand. */
  #fresh: number[] = [];
  #begun = -1;

  constructor(kind: TxnKind, parse: ParseMicros) {
    this.columns = new TxnBuilder(kind);
    this.#parse = parse;
  }

  /** A success of this process reports the micro-operations that follow. False: it has nothing open. */
  begin(process: number): boolean {
    const slot = this.#open.slot(process);
    const t = slot < 0 ? -1 : this.#open.at(slot);
    if (t < 0) return false;
    this.columns.begin(t);
    this.#begun = t;
    return true;
  }

  /**
   * Takes an event whose micro-operations begin at a place of the bytes; −1: it has none, or they were
   * parsed since `begin`. False: it fits nowhere.
   */
  add({ process, name, type }: Scanned, event: number, micros: number, bytes: Buffer): boolean {
    const named = process < 0 ? name : process;
    const slot = this.#open.slot(named);
    if (slot < 0) return false;
    const t = this.#open.at(slot);
    const begun = this.#begun;
    this.#begun = -1;
    if (type === INVOKE) {
      if (t >= 0) return false;
      this.#open.open(slot, this.columns.invoke(named, event));
      this.#ask(slot, micros);
      return true;
    }
    if (t < 0 || (begun >= 0 && begun !== t)) return false;
    this.#open.close(slot);
    if (begun < 0) this.columns.begin(t);
    const kept = this.#kept[slot];
    this.#kept[slot] = undefined;
    const from = kept === undefined ? (this.#from[slot] as number) : 0;
    if (type === OK_EVENT) {
      if (micros >= 0 && !this.#parse(micros, bytes, SEEN)) return false;
      const said = micros >= 0 || begun >= 0;
      if (said && from >= 0 && !this.#saysTheSame(from, kept ?? bytes)) return false;
      this.columns.complete(t, OK, event);
      return true;
    }
    if (from >= 0 && !this.#parse(from, kept ?? bytes, ASKED)) return false;
    this.columns.complete(t, type === INFO_EVENT ? INFO : FAIL, event);
    return true;
  }

  /** The bytes at hand go away: copies what may still be needed of them. */
  keep(bytes: Buffer): void {
    for (const slot of this.#fresh) {
      const from = this.#from[slot] as number;
      if (from < 0 || this.#open.at(slot) < 0) continue;
      this.#kept[slot] = Buffer.from(bytes.subarray(from, valueEnd(bytes, from)));
      this.#from[slot] = -1;
    }
    this.#fresh = [];
  }

  /** Transactions that never ended, then the columns; undefined: one of them has another form. */
  finish(): Txns | undefined {
    for (const slot of this.#open.taken()) {
      const t = this.#open.at(slot);
      const kept = this.#kept[slot];
      this.columns.begin(t);
      if (kept !== undefined && !this.#parse(0, kept, ASKED)) return undefined;
      this.columns.complete(t, INFO, -1);
    }
    return this.columns.finish();
  }

  /** The transaction at hand did what was asked for there. */
  #saysTheSame(from: number, of: Buffer): boolean {
    this.columns.compare();
    return this.#parse(from, of, SAME) && this.columns.compared;
  }

  #ask(slot: number, from: number): void {
    if (slot >= this.#from.length) this.#from = wider(this.#from, slot);
    this.#from[slot] = from;
    this.#kept[slot] = undefined;
    if (from >= 0) this.#fresh.push(slot);
  }
}
