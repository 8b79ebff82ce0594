/**
 * rw-register: the order of versions that a strictly serial order forces.
 *
 * Of two versions of a key, i comes before j as a whole once anybody of block i comes before anybody of
 * block j: then who wrote or read i comes before who wrote j (Biswas and Enea, 2019, with real time).
 * This is followed up until nothing new comes of it; what it forces is forced in every serial order, so a
 * contradiction says that there is none.
 */
import { IntList } from '../../base/int-list.ts';
import type { Inference } from './inference.ts';
import { type Mark, NEVER, type Precedence } from './precedence.ts';
import type { RegisterBlocks } from './register-blocks.ts';
import { orderPlaces } from './order-places.ts';

/** Rounds in which bounds are moved by whole blocks before edges are. */
const ROUNDS = 1;

export class RegisterOrder {
  readonly #inference: Inference;
  readonly #graph: Precedence;
  readonly #blocks: RegisterBlocks;
  /** By place: all versions of the key up to here are over before this; all from here on begin after it. */
  readonly #over: Int32Array;
  readonly #begins: Int32Array;
  /** By place, for the key at hand: bounds of blocks, and places in their order. */
  readonly #first: Int32Array;
  readonly #last: Int32Array;
  readonly #byFirst: Int32Array;
  readonly #byLast: Int32Array;
  /** Versions and transactions that are to be followed up. */
  readonly #versions = new IntList(1024);
  readonly #isWaiting: Uint8Array;
  readonly #sources = new IntList(1024);
  readonly #isSource: Uint8Array;
  /** Per key, what the transaction at hand wrote, if it is the one named. */
  readonly #own: Int32Array;
  readonly #ownOf: Int32Array;
  readonly #reached = new IntList();
  /** Per version: may there be another one whose bounds do not say which of both comes first? */
  readonly #isOpen: Uint8Array;
  #choosing = false;
  readonly #thorough: boolean;

  /** `thorough`: what is forced is followed up; else only what contradicts itself at once is seen. */
  constructor(inference: Inference, graph: Precedence, blocks: RegisterBlocks, thorough: boolean) {
    const { f, n, keyNames } = inference.txns;
    this.#inference = inference;
    this.#graph = graph;
    this.#blocks = blocks;
    this.#thorough = thorough;
    this.#over = new Int32Array(blocks.versions.length);
    this.#begins = new Int32Array(blocks.versions.length);
    this.#first = new Int32Array(blocks.versions.length);
    this.#last = new Int32Array(blocks.versions.length);
    this.#byFirst = new Int32Array(blocks.versions.length);
    this.#byLast = new Int32Array(blocks.versions.length);
    this.#isWaiting = new Uint8Array(f.length);
    this.#isSource = new Uint8Array(n);
    this.#isOpen = new Uint8Array(f.length);
    this.#own = new Int32Array(keyNames.length);
    this.#ownOf = new Int32Array(keyNames.length).fill(-1);
  }

  /** What is forced from the start. False: it contradicts itself, there is no serial order. */
  begin(): boolean {
    const { versions } = this.#blocks;
    this.#bound();
    if (!this.#thorough) return this.#settle();
    for (let k = 0; k < this.#inference.txns.keyNames.length; k++) this.#arrange(k);
    for (let p = versions.length - 1; p >= 0; p--) this.#wait(versions[p] as number);
    for (let t = this.#inference.txns.n - 1; t >= 0; t--) this.#ask(t);
    return this.#settle();
  }

  /** Puts the versions of every key in the order in which they begin; from now on what is done can be undone. */
  arrange(): void {
    this.#choosing = true;
    for (let k = 0; k < this.#inference.txns.keyNames.length; k++) this.#arrange(k);
  }

  /** Says that one version comes before another one. Undefined: it cannot; else a mark for `undo`. */
  attempt(before: number, after: number): Mark | undefined {
    const mark = this.#graph.mark();
    this.#order(before, after);
    if (this.#settle()) return mark;
    this.undo(mark);
    return undefined;
  }

  /** Is all as it was at the mark? */
  isAsAt(mark: Mark): boolean {
    return this.#graph.mark() === mark;
  }

  undo(mark: Mark): void {
    this.#graph.undo(mark);
    for (let i = 0; i < this.#versions.n; i++) this.#isWaiting[this.#versions.a[i] as number] = 0;
    for (let i = 0; i < this.#sources.n; i++) this.#isSource[this.#sources.a[i] as number] = 0;
    this.#versions.n = this.#sources.n = 0;
  }

  /** Bounds that follow from those of blocks as a whole, without an edge. */
  #bound(): void {
    for (let round = 0; round < ROUNDS; round++) {
      this.#graph.moved.n = 0;
      for (let k = 0; k < this.#inference.txns.keyNames.length; k++) this.#boundKey(k);
      if (this.#graph.contradicted || this.#graph.moved.n === 0) break;
    }
    this.#graph.moved.n = 0;
  }

  #boundKey(k: number): void {
    const blocks = this.#blocks;
    const { versions, start } = blocks;
    const [begin, end] = [start[k] as number, start[k + 1] as number];
    if (end - begin < 2) return;
    const [first, last, byFirst, byLast] = [this.#first, this.#last, this.#byFirst, this.#byLast];
    for (let p = begin; p < end; p++) {
      first[p] = blocks.first(versions[p] as number);
      last[p] = blocks.last(versions[p] as number);
    }
    orderPlaces(byFirst, first, begin, end);
    orderPlaces(byLast, last, begin, end);
    // Who writes a version comes after the last of every block that begins before this one is over.
    let [next, latest, second, of] = [begin, -1, -1, -1];
    for (let p = begin; p < end; p++) {
      const i = byLast[p] as number;
      for (; next < end; next++) {
        const j = byFirst[next] as number;
        if ((first[j] as number) >= (last[i] as number)) break;
        const bound = last[j] as number;
        if (bound > latest) [second, latest, of] = [latest, bound, j];
        else if (bound > second) second = bound;
      }
      this.#graph.raise(blocks.writer(versions[i] as number), of === i ? second : latest);
    }
    // And who is in a block comes before the writer of every block that is over after this one begins.
    let [earliest, other] = [NEVER, NEVER];
    next = end - 1;
    for (let p = end - 1; p >= begin; p--) {
      const i = byFirst[p] as number;
      for (; next >= begin; next--) {
        const j = byLast[next] as number;
        if ((last[j] as number) <= (first[i] as number)) break;
        const bound = first[j] as number;
        if (bound < earliest) [other, earliest, of] = [earliest, bound, j];
        else if (bound < other) other = bound;
      }
      blocks.lower(versions[i] as number, of === i ? other : earliest);
    }
  }

  /** Puts the versions of a key in the order in which they begin. */
  #arrange(k: number): void {
    const { versions, start, place } = this.#blocks;
    const [begin, end] = [start[k] as number, start[k + 1] as number];
    // `last` holds the versions as they stood.
    const [first, before, order] = [this.#first, this.#last, this.#byFirst];
    for (let p = begin; p < end; p++) {
      before[p] = versions[p] as number;
      first[p] = this.#blocks.first(versions[p] as number);
    }
    orderPlaces(order, first, begin, end);
    for (let p = begin; p < end; p++) {
      const version = before[order[p] as number] as number;
      versions[p] = version;
      place[version] = p;
      this.#overAt(p, begin);
    }
    for (let p = end - 1; p >= begin; p--) this.#beginsAt(p, end);
  }

  /** Exchanges the version at a place with the next one. */
  swap(p: number): void {
    const { versions, place, start } = this.#blocks;
    const [a, b] = [versions[p] as number, versions[p + 1] as number];
    [versions[p], versions[p + 1]] = [b, a];
    [place[b], place[a]] = [p, p + 1];
    const k = this.#inference.txns.key[a] as number;
    this.#overAt(p, start[k] as number);
    this.#beginsAt(p + 1, start[k + 1] as number);
  }

  #overAt(p: number, begin: number): void {
    const before = p === begin ? -1 : (this.#over[p - 1] as number);
    this.#over[p] = Math.max(before, this.#blocks.over(this.#blocks.versions[p] as number));
  }

  #beginsAt(p: number, end: number): void {
    const after = p + 1 === end ? NEVER : (this.#begins[p + 1] as number);
    this.#begins[p] = Math.min(after, this.#blocks.begins(this.#blocks.versions[p] as number));
  }

  #wait(version: number): void {
    if (this.#isWaiting[version] === 1) return;
    this.#isWaiting[version] = 1;
    this.#versions.push(version);
  }

  #ask(t: number): void {
    if (this.#isSource[t] === 1) return;
    this.#isSource[t] = 1;
    this.#sources.push(t);
  }

  /** Follows up what is new until nothing is. False: a contradiction. */
  #settle(): boolean {
    const graph = this.#graph;
    const { moved, fresh } = graph;
    while (!graph.contradicted) {
      if (fresh.n > 0) this.#joined(fresh.a[--fresh.n] as number);
      else if (!this.#thorough) {
        moved.n = 0;
        return true;
      } else if (moved.n > 0) this.#moved(moved.a[--moved.n] as number);
      else if (this.#versions.n > 0) {
        const version = this.#versions.a[--this.#versions.n] as number;
        this.#isWaiting[version] = 0;
        this.#byTime(version);
      } else if (this.#sources.n > 0) {
        const t = this.#sources.a[--this.#sources.n] as number;
        this.#isSource[t] = 0;
        this.#byEdges(t);
      } else return true;
    }
    return false;
  }

  /** Bounds of a node moved. */
  #moved(t: number): void {
    const { first, end, n } = this.#inference.txns;
    if (t >= n) return;
    for (let m = first[t] as number; m < (end[t] as number); m++) {
      const version = this.#blocks.versionOf[m] as number;
      if (version >= 0) this.#wait(version);
    }
  }

  /** There is a new edge. */
  #joined(e: number): void {
    const before = this.#graph.beforeOf(this.#graph.sourceOf(e), this.#graph.targetOf(e));
    for (let i = 0; this.#thorough && i < before.n; i++)
      if ((before.a[i] as number) < this.#isSource.length) this.#ask(before.a[i] as number);
  }

  /** Versions of the key that come before or after this one because their bounds say so. */
  #byTime(version: number): void {
    const { versions, start, place } = this.#blocks;
    const k = this.#inference.txns.key[version] as number;
    const p = place[version] as number;
    const begins = this.#blocks.begins(version);
    // What is undone may open it again.
    if (!this.#choosing) this.#isOpen[version] = 0;
    for (let q = p - 1; q >= (start[k] as number) && (this.#over[q] as number) >= begins; q--)
      this.#compare(versions[q] as number, version);
    const over = this.#blocks.over(version);
    for (let q = p + 1; q < (start[k + 1] as number) && (this.#begins[q] as number) <= over; q++)
      this.#compare(version, versions[q] as number);
  }

  #compare(a: number, b: number): void {
    const blocks = this.#blocks;
    const isBefore = blocks.first(a) < blocks.last(b);
    const isAfter = blocks.first(b) < blocks.last(a);
    if (isBefore) this.#order(a, b);
    if (isAfter) this.#order(b, a);
    if (!isBefore && !isAfter) this.#isOpen[a] = this.#isOpen[b] = 1;
  }

  /** Versions that come after those of a transaction because edges lead there. */
  #byEdges(t: number): void {
    if (!this.#writes(t)) return;
    const { key, first, end, n } = this.#inference.txns;
    const after = this.#graph.after(t);
    // Kept aside: what follows asks the graph again.
    this.#reached.n = 0;
    for (let i = 1; i < after.n; i++) this.#reached.push(after.a[i] as number);
    for (let i = 0; i < this.#reached.n; i++) {
      const y = this.#reached.a[i] as number;
      if (y >= n) continue;
      for (let m = first[y] as number; m < (end[y] as number); m++) {
        const k = key[m] as number;
        const version = this.#blocks.versionOf[m] as number;
        if (version >= 0 && this.#ownOf[k] === t && this.#own[k] !== version)
          this.#order(this.#own[k] as number, version);
      }
    }
  }

  /** Does it write a version that has no place yet? They are noted. */
  #writes(t: number): boolean {
    const { key, first, end } = this.#inference.txns;
    let any = false;
    for (let m = first[t] as number; m < (end[t] as number); m++) {
      if (this.#blocks.versionOf[m] !== m || this.#isOpen[m] === 0) continue;
      any = true;
      this.#own[key[m] as number] = m;
      this.#ownOf[key[m] as number] = t;
    }
    return any;
  }

  /** One block comes before the other: all who are in it before who writes the other. */
  #order(before: number, after: number): void {
    const { readers, firstReader } = this.#blocks;
    const writer = this.#blocks.writer(after);
    let any = false;
    for (let i = firstReader[before] as number; i < (firstReader[before + 1] as number); i++) {
      if (readers[i] === writer) continue;
      any = true;
      this.#graph.add(readers[i] as number, writer);
    }
    if (!any) this.#graph.add(this.#blocks.writer(before), writer);
  }
}
