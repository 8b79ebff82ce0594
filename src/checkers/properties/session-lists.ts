/** The weakest guarantee that a read of a list breaks. Lists show in their order what was applied before what. */
import type { Look, Write } from './session-history.ts';
import type { Knowledge } from './session-knowledge.ts';
import type { Guarantee, Missed } from './session-missed.ts';

/** What is remembered of a list on which a guarantee may be broken. */
export class ListPast {
  /** What was looked at, for those who limit what a check may cost. */
  work = 0;
  readonly #knowledge: Knowledge;
  readonly #wants: (type: Guarantee) => boolean;
  /** Acknowledged appends of each session, in order. */
  readonly #own = new Map<number, Write[]>();
  /** By session its last look; by append what its session had read of the list. */
  readonly #last = new Map<number, Look>();
  readonly #read = new Map<Write, Look>();
  /** The longest list that every longer one so far begins with, and how much of each look is part of it. */
  #spine: readonly Write[] = [];
  readonly #onSpine = new Map<Look, number>();
  /** Where the list that is looked at shows each element. */
  readonly #places = new Map<Write, number>();

  constructor(knowledge: Knowledge, wants: (type: Guarantee) => boolean) {
    this.#knowledge = knowledge;
    this.#wants = wants;
  }

  /** Whoever sends an append may have read the list, whether or not the append is sure. */
  sent(write: Write): void {
    const read = this.#last.get(write.session);
    if (read !== undefined) this.#read.set(write, read);
  }

  wrote(write: Write): void {
    const own = this.#own.get(write.session);
    if (own === undefined) this.#own.set(write.session, [write]);
    else own.push(write);
  }

  look(look: Look): Missed | undefined {
    this.#takePlaces(look);
    const missed = this.#missed(look);
    this.#last.set(look.session, look);
    return missed;
  }

  #missed(look: Look): Missed | undefined {
    const unseen = (write: Write): boolean => {
      this.work++;
      return !this.#places.has(write);
    };
    if (this.#wants('read-your-writes')) {
      const write = this.#own.get(look.session)?.find(unseen);
      if (write !== undefined) return { type: 'read-your-writes', write, rule: 'missing' };
    }
    if (this.#wants('monotonic-reads')) {
      const write = this.#last.get(look.session)?.saw.find(unseen);
      if (write !== undefined) return { type: 'monotonic-reads', write, rule: 'missing' };
    }
    const disorder =
      (this.#wants('monotonic-writes') ? this.#swapped(look, unseen) : undefined) ??
      (this.#wants('writes-follow-reads') ? this.#early(look) : undefined);
    if (disorder !== undefined) return disorder;
    for (const type of ['pram', 'causal'] as const) {
      if (!this.#wants(type)) continue;
      for (const writes of this.#own.values()) {
        const write = writes.find(unseen);
        if (write !== undefined && this.#knowledge.knows(type, look.session, write))
          return { type, write, rule: 'missing' };
      }
    }
    return undefined;
  }

  #takePlaces(look: Look): void {
    const { saw } = look;
    this.#places.clear();
    for (const [place, write] of saw.entries()) this.#places.set(write, place);
    this.work += saw.length;
    let common = 0;
    while (common < saw.length && saw[common] === this.#spine[common]) common++;
    if (common === this.#spine.length) {
      this.#spine = saw;
      common = saw.length;
    }
    this.#onSpine.set(look, common);
  }

  /** Appends of one session in the wrong order, or with a gap. */
  #swapped(look: Look, unseen: (write: Write) => boolean): Missed | undefined {
    const type = 'monotonic-writes';
    const newest = new Map<number, Write>();
    for (const write of look.saw) {
      const before = newest.get(write.session);
      if (before !== undefined && before.seq > write.seq)
        return { type, write, instead: before, rule: 'order' };
      newest.set(write.session, write);
    }
    for (const [session, write] of newest) {
      const gap = this.#own.get(session)?.find((w) => w.seq < write.seq && unseen(w));
      if (gap !== undefined) return { type, write: gap, instead: write, rule: 'order' };
    }
    return undefined;
  }

  /** An append that stands before what its session had read. */
  #early(look: Look): Missed | undefined {
    const type = 'writes-follow-reads';
    const common = this.#onSpine.get(look) ?? 0;
    for (const [place, write] of look.saw.entries()) {
      const read = this.#read.get(write);
      if (read === undefined) continue;
      const { length } = read.saw;
      // A beginning of this list, as nearly always.
      if (length <= place && length <= common && this.#onSpine.get(read) === length) continue;
      this.work += length;
      const late = read.saw.find((w) => (this.#places.get(w) ?? Infinity) > place);
      if (late !== undefined)
        return { type, write: late, instead: write, rule: 'follow', through: [read] };
    }
    return undefined;
  }
}
