/**
 * The operations that are open, each with a bit of its own while it is: a *slot*, given back at the
 * return, so that there are as many as operations are ever open at once.
 */

/** What is known of each operation from its call on. */
export interface Operations {
  readonly kind: Int32Array;
  /** Rank of the return. */
  readonly ret: Int32Array;
  readonly slot: Int32Array;
}

export class OpenOperations {
  readonly of: Operations;
  /** 32 slots in each word of a bit set. */
  readonly words: number;
  /** Operation in each slot. */
  readonly bySlot: Int32Array;
  /** The first `count` are open, in the order of their returns. */
  readonly list: Int32Array;
  count = 0;

  constructor(of: Operations, slots: number) {
    this.of = of;
    this.words = Math.max(1, Math.ceil(slots / 32));
    this.bySlot = new Int32Array(32 * this.words);
    this.list = new Int32Array(32 * this.words + 1);
  }

  add(op: number): void {
    const { ret, slot } = this.of;
    const { list } = this;
    this.bySlot[slot[op] as number] = op;
    const mine = ret[op] as number;
    let at = this.count++;
    while (at > 0 && (ret[list[at - 1] as number] as number) > mine) {
      list[at] = list[at - 1] as number;
      at--;
    }
    list[at] = op;
  }

  remove(op: number): void {
    const { list } = this;
    let at = 0;
    while (list[at] !== op) at++;
    this.count--;
    for (; at < this.count; at++) list[at] = list[at + 1] as number;
  }
}
