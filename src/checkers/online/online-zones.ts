/**
 * The judgement of zones (`zones.ts`) while the operations come, in memory bounded by what is open or can
 * still be seen.
 *
 * *Inside a block*: what stands earlier in the chain of values must be called before anything later
 * returns; so a call is a violation iff something behind its place has returned already (the value is
 * `passed`), and a return iff the chain up to it does not begin with a writer that was called.
 *
 * *Between blocks*: P and Q conflict iff F(P) < S(Q) and F(Q) < S(P), F being the earliest return and S the
 * latest call. F is known when something of the block returns; S grows with calls. Of the four the
 * last one in time is an S, so it is at calls that conflicts arise: into P at c, where F(P) is known,
 * iff another block whose F is known has S > F(P). The two largest S of different blocks answer that.
 *
 * *Forgetting*: a value can go when no open operation looks at it or makes it, and every later call
 * that did would be a violation anyway: it is passed, or its block is *closed* (F(P) < S of another block
 * with known F). A read of what was forgotten then finds no writer, which is a violation too. And a
 * value that is written again after it was forgotten is a new one: no read that is called later can mean
 * the old one. Writers with unknown outcome are kept until somebody looks at what they write.
 *
 * *Not too soon*: what is wrong may be explained by a second writer of some value that is called while
 * something is open; then zones do not apply. (At a return too: the writer of what was read may have been
 * forgotten because of a read that is open, and that may see the second writer.) So it is called a violation
 * when all that was open then has returned.
 */
import { NEVER } from '../calls.ts';
import { CAS, READ, type RegisterOp, WRITE } from '../columns.ts';
import { type Following, type Plain, plainValue } from './online.ts';
import type { Followed, OnlineOps } from './register-calls.ts';

type It = Followed<RegisterOp>;

/** Why it follows no further. */
const WRITTEN_TWICE: Following = { unfit: 'a value is written twice' };

/** A value that was written or looked at, and may still be. */
interface Place {
  readonly value: Plain;
  /** Absent: its writer has no known outcome, and nobody has looked. */
  block: Block | undefined;
  /** Was a writer called? Is it one without known outcome that may not have happened? */
  written: boolean;
  perhaps: Perhaps | undefined;
  /** Operations that are open and look at it or make it. */
  open: number;
  /** One of them has no known outcome: over once something behind has returned, which it made possible. */
  held: boolean;
  /** Has something that stands behind it returned? */
  passed: boolean;
  /** The value that its writer replaced, and the one that replaced it. */
  before: Place | undefined;
  after: Place | undefined;
}

/** A writer without known outcome: what it replaced, if anything, and when it was called. */
interface Perhaps {
  readonly from: Plain | undefined;
  readonly call: number;
}

interface Block {
  /** Where it became part of a longer one. */
  into: Block | undefined;
  /** Does it begin with a writer that was called? */
  rooted: boolean;
  /** Earliest return; `NEVER`: none yet. Latest call. */
  first: number;
  last: number;
  closed: boolean;
  /** Its last value. */
  tail: Place;
}

export class OnlineZones implements OnlineOps<RegisterOp> {
  readonly #places = new Map<Plain, Place>();
  /** Blocks with known F that are not closed, in the order of F. */
  #live: Block[] = [];
  /** Of the blocks with known F: the one with the largest S, and the largest S of another one. */
  #latest: Block | undefined;
  #second: Block | undefined;
  /** Operations that are open. */
  #open = 0;
  /** Something was wrong at an event with this rank, and of what was open then so many are. */
  #wrong: { readonly at: number; open: number } | undefined;

  constructor(initial: RegisterOp['a']) {
    const place = this.#place(plainValue(initial));
    place.written = true;
    const block = this.#newBlock(place);
    block.rooted = true;
    block.first = -1;
    this.#live.push(block);
    this.#latest = block;
  }

  /** Values that are remembered. */
  get size(): number {
    return this.#places.size;
  }

  called(it: It): Following {
    if (it.ret !== NEVER) this.#open++;
    if (this.#wrong !== undefined) return this.#writesAgain(it.op) ? WRITTEN_TWICE : 'fine';
    return this.#notTooSoon(this.#called(it), it.call);
  }

  returned(it: It): Following {
    this.#open--;
    if (this.#wrong === undefined) return this.#notTooSoon(this.#returned(it), it.ret);
    if (it.call <= this.#wrong.at) this.#wrong.open--;
    return this.#wrong.open === 0 ? 'violated' : 'fine';
  }

  /** What is wrong now, with this rank, is said once nothing is open that was. */
  #notTooSoon(following: Following, at: number): Following {
    if (following !== 'violated' || this.#open === 0) return following;
    this.#wrong = { at, open: this.#open };
    return 'fine';
  }

  #writesAgain({ f, a, b }: RegisterOp): boolean {
    if (f === READ) return false;
    const place = this.#place(plainValue(f === CAS ? b : a));
    const again = place.written;
    place.written = true;
    return again;
  }

  #called({ op, call, ret }: It): Following {
    const lost = ret === NEVER;
    const value = plainValue(op.a);
    switch (op.f) {
      case READ:
        return this.#look(this.#place(value), call);
      case WRITE:
        return lost ? this.#perhaps(value, undefined, call) : this.#write(this.#place(value), call);
      case CAS:
        if (lost) return this.#perhaps(plainValue(op.b), value, call);
        return this.#exchange(this.#place(value), this.#place(plainValue(op.b)), call);
      default:
        return { unfit: 'a failed cas says only what was not there' };
    }
  }

  #returned({ op, ret }: It): Following {
    const place = this.#places.get(plainValue(op.a)) as Place;
    const at = op.f === CAS ? (this.#places.get(plainValue(op.b)) as Place) : place;
    const block = blockOf(at) as Block;
    if (!block.rooted) return 'violated';
    if (block.first === NEVER) this.#begin(block, ret);
    for (let p = at.before; p !== undefined && !p.passed; p = p.before) {
      p.passed = true;
      if (p.held) {
        p.held = false;
        p.open--;
      }
      this.#forget(p);
    }
    place.open--;
    if (at !== place) {
      at.open--;
      this.#forget(at);
    }
    this.#forget(place);
    return 'fine';
  }

  #look(place: Place, call: number): Following {
    place.open++;
    if (place.passed || !this.#happened(place)) return 'violated';
    return this.#use(place, call);
  }

  #write(place: Place, call: number): Following {
    if (place.written) return WRITTEN_TWICE;
    place.written = true;
    place.open++;
    const block = blockOf(place) ?? this.#newBlock(place);
    block.rooted = true;
    block.last = call;
    return 'fine';
  }

  #exchange(from: Place, made: Place, call: number): Following {
    if (made.written) return WRITTEN_TWICE;
    made.written = true;
    from.open++;
    made.open++;
    return this.#replace(from, made, call) ? this.#use(from, call) : 'violated';
  }

  /** It counts only if somebody looks at what it writes; somebody may be looking already. */
  #perhaps(value: Plain, from: Plain | undefined, call: number): Following {
    const made = this.#place(value);
    if (made.written) return WRITTEN_TWICE;
    made.written = true;
    made.perhaps = { from, call };
    if (made.block === undefined) return 'fine';
    return this.#include(made) ? this.#use(made, call) : 'violated';
  }

  /** Somebody looks at it: so it was written, or will be. False: that cannot be. */
  #happened(place: Place): boolean {
    if (place.block !== undefined) return true;
    this.#newBlock(place);
    return place.perhaps === undefined || this.#include(place);
  }

  /** The writer without known outcome happened. */
  #include(place: Place): boolean {
    const { from, call } = place.perhaps as Perhaps;
    place.perhaps = undefined;
    const block = blockOf(place) as Block;
    if (from !== undefined) {
      const replaced = this.#place(from);
      if (!this.#replace(replaced, place, call)) return false;
      replaced.held = true;
      replaced.open++;
      return true;
    }
    block.rooted = true;
    if (call > block.last) block.last = call;
    return true;
  }

  /** Joins the chain of values that begins with `made` to that which ends with `from`. */
  #replace(from: Place, made: Place, call: number): boolean {
    if (from.passed || from.after !== undefined || !this.#happened(from)) return false;
    const front = blockOf(from) as Block;
    const back = blockOf(made) ?? this.#newBlock(made);
    if (front === back) return false;
    from.after = made;
    made.before = from;
    back.into = front;
    front.tail = back.tail;
    front.last = Math.max(front.last, back.last, call);
    return true;
  }

  /** An operation at this place is called, which makes its block's S the largest of all. */
  #use(place: Place, call: number): Following {
    const block = blockOf(place) as Block;
    block.last = call;
    if (block.first === NEVER) return 'fine';
    if (this.#lastOfOthers(block) > block.first) return 'violated';
    this.#rank(block);
    this.#close();
    return 'fine';
  }

  /** F of the block is known. */
  #begin(block: Block, ret: number): void {
    block.first = ret;
    this.#live.push(block);
    this.#rank(block);
    this.#close();
  }

  #lastOfOthers(block: Block): number {
    const other = this.#latest === block ? this.#second : this.#latest;
    return other === undefined ? -2 : other.last;
  }

  #rank(block: Block): void {
    if (block === this.#latest) return;
    if (this.#latest === undefined || block.last > this.#latest.last) {
      this.#second = this.#latest;
      this.#latest = block;
    } else if (this.#second === undefined || block.last > this.#second.last) this.#second = block;
  }

  /** Closes what can be: those with the smallest F, but perhaps not the one with the largest S. */
  #close(): void {
    for (let i = 0; i < this.#live.length;) {
      const block = this.#live[i] as Block;
      if (this.#lastOfOthers(block) > block.first) {
        this.#live.splice(i, 1);
        block.closed = true;
        for (let p: Place | undefined = block.tail; p !== undefined;) {
          const { before } = p as Place;
          this.#forget(p);
          p = before;
        }
      } else if (block === this.#latest) i++;
      else return;
    }
  }

  #place(value: Plain): Place {
    let place = this.#places.get(value);
    if (place === undefined) {
      place = {
        value,
        block: undefined,
        written: false,
        perhaps: undefined,
        open: 0,
        held: false,
        passed: false,
        before: undefined,
        after: undefined,
      };
      this.#places.set(value, place);
    }
    return place;
  }

  #newBlock(place: Place): Block {
    return (place.block = {
      into: undefined,
      rooted: false,
      first: NEVER,
      last: -1,
      closed: false,
      tail: place,
    });
  }

  #forget(place: Place): void {
    if (place.open > 0 || !(place.passed || blockOf(place)?.closed === true)) return;
    this.#places.delete(place.value);
    if (place.after !== undefined) place.after.before = undefined;
  }
}

/** The block of a value, joined ones followed. */
function blockOf(place: Place): Block | undefined {
  let { block } = place;
  while (block?.into !== undefined) block = place.block = block.into;
  return block;
}
