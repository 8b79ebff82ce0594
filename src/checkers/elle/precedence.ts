/**
 * What must come before what in a serial order that keeps real time, as a graph that grows: each
 * transaction has bounds, the events between which its one moment can lie. An edge moves them: nobody's
 * moment is before that of who precedes it. Bounds that exclude an edge's opposite make the edge itself
 * needless, so that only those between transactions that overlap are kept.
 */
import { IntList, minusOnes } from '../../base/int-list.ts';
import { OK } from '../../history/packed/txns.ts';
import type { Inference } from './inference.ts';

/** After every event. */
export const NEVER = 0x7fff_ffff;

/** A state of it to which it can go back: how long the trail was, and how many edges there were. */
export type Mark = number;
const EDGES = 2 ** 27;

export class Precedence {
  /** Per node (transactions, then hubs): its moment is after the one event and before the other. */
  readonly early: Int32Array;
  readonly late: Int32Array;
  /** Nodes whose bounds moved, for whoever follows them up; and edges that were added. */
  readonly moved = new IntList(1024);
  readonly fresh = new IntList(1024);
  /** Something must come before itself; and the node where that showed last. */
  contradicted = false;
  conflict = 0;
  readonly #from: IntList;
  readonly #to: IntList;
  readonly #nextOut: IntList;
  readonly #nextIn: IntList;
  readonly #out: Int32Array;
  readonly #in: Int32Array;
  readonly #raised = new IntList();
  readonly #lowered = new IntList();
  /** Bounds as they were: node, whether it is the late one, value. */
  readonly #trail = new IntList();
  #trying = false;
  readonly #seen: Int32Array;
  #stamp = 0;
  readonly #reached = new IntList();

  constructor({ txns, edges }: Inference) {
    const { nodes } = edges;
    this.early = minusOnes(nodes);
    this.late = new Int32Array(nodes).fill(NEVER);
    for (let t = 0; t < txns.n; t++) {
      this.early[t] = txns.invoked[t] as number;
      if (txns.type[t] === OK) this.late[t] = txns.completed[t] as number;
    }
    this.#out = minusOnes(nodes);
    this.#in = minusOnes(nodes);
    this.#seen = new Int32Array(nodes);
    const room = edges.n + (edges.n >> 1) + 16;
    this.#from = new IntList(room);
    this.#to = new IntList(room);
    this.#nextOut = new IntList(room);
    this.#nextIn = new IntList(room);
    for (let e = 0; e < edges.n; e++) this.#link(edges.from[e] as number, edges.to[e] as number);
    this.#settle();
    this.moved.n = 0;
  }

  /** x comes before y. */
  add(x: number, y: number): void {
    if ((this.late[x] as number) < (this.early[y] as number) || this.#has(x, y)) return;
    this.fresh.push(this.#link(x, y));
    this.#settle();
  }

  /** The moment of a node is after an event. */
  raise(node: number, event: number): void {
    this.#raise(node, event);
    this.#settle();
  }

  /** The moment of a node is before an event. */
  lower(node: number, event: number): void {
    this.#lower(node, event);
    this.#settle();
  }

  sourceOf(edge: number): number {
    return this.#from.a[edge] as number;
  }

  targetOf(edge: number): number {
    return this.#to.a[edge] as number;
  }

  /** The node, and who comes after it by edges and overlaps it; good until the next question. */
  after(node: number): IntList {
    const { early } = this;
    const horizon = this.late[node] as number;
    const [next, to] = [this.#nextOut.a, this.#to.a];
    const reached = this.#begin(node);
    for (let i = 0; i < reached.n; i++)
      for (let e = this.#out[reached.a[i] as number] as number; e >= 0; e = next[e] as number) {
        const y = to[e] as number;
        if ((early[y] as number) <= horizon) this.#reach(y);
      }
    return reached;
  }

  /** The source of an edge and who comes before that by edges, but not in time before the target. A cycle contradicts. */
  beforeOf(node: number, other: number): IntList {
    const { late } = this;
    const horizon = this.early[other] as number;
    const [next, from] = [this.#nextIn.a, this.#from.a];
    const reached = this.#begin(node);
    for (let i = 0; i < reached.n; i++)
      for (let e = this.#in[reached.a[i] as number] as number; e >= 0; e = next[e] as number) {
        const x = from[e] as number;
        if (x === other) this.#contradict(x);
        if ((late[x] as number) >= horizon) this.#reach(x);
      }
    return reached;
  }

  /** From here on what is done can be undone: answers with a mark for `undo`. */
  mark(): Mark {
    this.#trying = true;
    return this.#trail.n * EDGES + this.#to.n;
  }

  undo(mark: Mark): void {
    const edges = mark % EDGES;
    const trail = (mark - edges) / EDGES;
    while (this.#trail.n > trail) {
      this.#trail.n -= 3;
      const [node, isLate, value] = this.#trail.a.subarray(this.#trail.n, this.#trail.n + 3);
      (isLate === 1 ? this.late : this.early)[node as number] = value as number;
    }
    for (let e = this.#to.n - 1; e >= edges; e--) {
      this.#out[this.#from.a[e] as number] = this.#nextOut.a[e] as number;
      this.#in[this.#to.a[e] as number] = this.#nextIn.a[e] as number;
    }
    for (const list of [this.#from, this.#to, this.#nextOut, this.#nextIn]) list.n = edges;
    for (const list of [this.moved, this.fresh, this.#raised, this.#lowered]) list.n = 0;
    this.contradicted = false;
  }

  /** First edge out of a node, and the next one after an edge; −1: none. */
  firstOut(node: number): number {
    return this.#out[node] as number;
  }

  nextOut(edge: number): number {
    return this.#nextOut.a[edge] as number;
  }

  get edges(): number {
    return this.#to.n;
  }

  #has(x: number, y: number): boolean {
    for (let e = this.#out[x] as number; e >= 0; e = this.#nextOut.a[e] as number)
      if (this.#to.a[e] === y) return true;
    return false;
  }

  #link(x: number, y: number): number {
    const e = this.#from.push(x);
    this.#to.push(y);
    this.#nextOut.push(this.#out[x] as number);
    this.#nextIn.push(this.#in[y] as number);
    this.#out[x] = e;
    this.#in[y] = e;
    this.#raise(y, this.early[x] as number);
    this.#lower(x, this.late[y] as number);
    return e;
  }

  #raise(node: number, event: number): void {
    const now = this.early[node] as number;
    if (now >= event) return;
    this.#change(node, 0, now);
    this.early[node] = event;
    this.#raised.push(node);
  }

  #lower(node: number, event: number): void {
    const now = this.late[node] as number;
    if (now <= event) return;
    this.#change(node, 1, now);
    this.late[node] = event;
    this.#lowered.push(node);
  }

  #change(node: number, isLate: 0 | 1, before: number): void {
    this.moved.push(node);
    if (!this.#trying) return;
    this.#trail.push(node);
    this.#trail.push(isLate);
    this.#trail.push(before);
  }

  /** Bounds along the edges, until nothing moves or a node has no moment left. */
  #settle(): void {
    while (this.#raised.n > 0 && !this.contradicted) {
      const x = this.#raised.a[--this.#raised.n] as number;
      const event = this.early[x] as number;
      if (event > (this.late[x] as number)) this.#contradict(x);
      for (let e = this.#out[x] as number; e >= 0; e = this.#nextOut.a[e] as number)
        this.#raise(this.#to.a[e] as number, event);
    }
    while (this.#lowered.n > 0 && !this.contradicted) {
      const x = this.#lowered.a[--this.#lowered.n] as number;
      const event = this.late[x] as number;
      if (event < (this.early[x] as number)) this.#contradict(x);
      for (let e = this.#in[x] as number; e >= 0; e = this.#nextIn.a[e] as number)
        this.#lower(this.#from.a[e] as number, event);
    }
  }

  #contradict(node: number): void {
    this.contradicted = true;
    this.conflict = node;
  }

  #begin(node: number): IntList {
    this.#stamp++;
    this.#reached.n = 0;
    this.#reach(node);
    return this.#reached;
  }

  #reach(node: number): void {
    if (this.#seen[node] === this.#stamp) return;
    this.#seen[node] = this.#stamp;
    this.#reached.push(node);
  }
}
