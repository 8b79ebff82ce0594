/** Scans the micro-operations of transactions into columns: `[append k v]`, `[w k v]`, `[r k list]`, `[r k v]`. */
import { CLOSE_LIST, OPEN_LIST } from './characters.ts';
import { TokenScanner, valueEnd } from './token-scanner.ts';
import { PLAIN_MAX, type TxnBuilder } from './txn-builder.ts';
import { DRY, type Parsing, SAME, SEEN, TxnIntake } from './txn-intake.ts';
import { READ, type TxnKind, UNKNOWN, WRITE } from './txns.ts';
import { wider } from './wider.ts';

/** No id of a value. */
const WRONG = 0x7fff_ffff;
const APPEND = Buffer.from('append');

export abstract class MicroScanner extends TokenScanner {
  /** Where the micro-operations of a history of transactions go. */
  readonly txns: TxnIntake | undefined;
  /** The list at hand. */
  #items = new Int32Array(64);

  /** `kind`: it is a history of such transactions. */
  constructor(kind: TxnKind | undefined) {
    super();
    this.txns = kind && new TxnIntake(kind, (at, of, how) => this.#microOpsAt(at, of, how));
  }

  #microOpsAt(at: number, of: Buffer, how: Parsing): boolean {
    const [bytes, here] = [this.bytes, this.at];
    this.bytes = of;
    this.at = at;
    const parsed = this.microOps((this.txns as TxnIntake).columns, how);
    this.bytes = bytes;
    this.at = here;
    return parsed;
  }

  /** A list of `[append k v]`, `[w k v]`, `[r k list]`, `[r k v]`; false: something else. */
  protected microOps(columns: TxnBuilder, how: Parsing): boolean {
    if (!this.enter()) return false;
    if (this.bytes[this.at] === CLOSE_LIST) return this.more() === 0;
    for (;;) {
      if (!this.enter() || !this.#microOp(columns, how) || this.more() !== 0) return false;
      const more = this.more();
      if (more <= 0) return more === 0;
    }
  }

  #microOp(columns: TxnBuilder, how: Parsing): boolean {
    if (!this.name()) return false;
    const read = this.nameTo - this.nameFrom === 1 && this.bytes[this.nameFrom] === 0x72;
    if (!read && !this.#isWrite(columns.kind)) return false;
    if (this.more() !== 1) return false;
    const x = this.natural();
    const name = x < 0 ? this.scalar() : x;
    if (typeof name !== 'number' && typeof name !== 'string') return false;
    if (this.more() !== 1) return false;
    if (how === DRY) return this.skipValue();
    const key = columns.keyId(name);
    const v = read ? this.#seen(columns, key, how === SEEN) : this.#item(columns);
    if (v === WRONG) return false;
    if (how === SAME) return columns.isNext(read ? READ : WRITE, key, v);
    columns.add(read ? READ : WRITE, key, v);
    return true;
  }

  #isWrite(kind: TxnKind): boolean {
    const [b, p] = [this.bytes, this.nameFrom];
    const length = this.nameTo - p;
    if (kind === 'rw-register') return length === 1 && b[p] === 0x77;
    return this.isAt(APPEND, p, this.nameTo);
  }

  /** What a read saw. */
  #seen(columns: TxnBuilder, key: number, known: boolean): number {
    if (!known && this.bytes[this.at] === OPEN_LIST) {
      this.at = valueEnd(this.bytes, this.at);
      return UNKNOWN;
    }
    if (columns.kind === 'list-append') {
      if (this.bytes[this.at] === OPEN_LIST) return this.#list(columns, key);
      const nothing = this.scalar() === null;
      if (!known) return UNKNOWN;
      return nothing ? columns.listIds(key, this.#items, 0) : WRONG;
    }
    const v = this.#item(columns);
    return known || v === WRONG ? v : UNKNOWN;
  }

  #list(columns: TxnBuilder, key: number): number {
    this.enter();
    let n = 0;
    let more = this.bytes[this.at] === CLOSE_LIST ? this.more() : 1;
    for (; more === 1; more = this.more()) {
      if (n === this.#items.length) this.#items = wider(this.#items);
      const v = this.#item(columns);
      if (v === WRONG) return WRONG;
      this.#items[n++] = v;
    }
    return more === 0 ? columns.listIds(key, this.#items, n) : WRONG;
  }

  #item(columns: TxnBuilder): number {
    const x = this.natural();
    if (x >= 0) return x <= PLAIN_MAX ? x : columns.valueId(x);
    const value = this.scalar();
    return value === undefined ? WRONG : columns.valueId(value);
  }
}
