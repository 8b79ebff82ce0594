/**
 * From the operations that a search used for their effect to an order of all: the others stand at the
 * first moment at which they change nothing, or just before the write that hides them.
 */
import { NEVER } from '../../calls.ts';
import type { Task } from './task.ts';

/** Rows in the order of one linearization. `path`: operations used, each with the return that needed it. */
export function unroll(
  task: Task,
  path: readonly { readonly operation: number; readonly at: number }[],
): number[] {
  return new Unroll(task, path).order();
}

class Unroll {
  readonly #task: Task;
  readonly #path: readonly { readonly operation: number; readonly at: number }[];
  /** Operations that the path uses, lost ones by their kinds, in the order of their calls. */
  readonly #inPath: Uint8Array;
  readonly #lost: readonly number[][];
  readonly #waiting = new Set<number>();
  readonly #rows: number[] = [];
  #state: number;

  constructor(task: Task, path: readonly { readonly operation: number; readonly at: number }[]) {
    this.#task = task;
    this.#path = path;
    this.#state = task.moves.init;
    this.#inPath = new Uint8Array(task.n);
    for (const { operation } of path) if (operation >= 0) this.#inPath[operation] = 1;
    this.#lost = lostByKind(task);
  }

  order(): number[] {
    const { n, call, ret, kind, moves } = this.#task;
    const byCall = Array.from({ length: n }, (_, i) => i).sort(
      (i, j) => (call[i] as number) - (call[j] as number),
    );
    let next = 0;
    const callUpTo = (rank: number): void => {
      for (; next < n && (call[byCall[next] as number] as number) < rank; next++) {
        const op = byCall[next] as number;
        if (ret[op] === NEVER || this.#inPath[op] === 1) continue;
        if (moves.step(this.#state, kind[op] as number) === this.#state) this.#place(op);
        else this.#waiting.add(op);
      }
    };
    for (const { operation, at } of this.#path) {
      callUpTo(at);
      this.#use(operation);
    }
    callUpTo(NEVER);
    return this.#rows;
  }

  #use(operation: number): void {
    const { kind, moves } = this.#task;
    const op = operation >= 0 ? operation : (this.#lost[-1 - operation]?.shift() as number);
    const k = kind[op] as number;
    const after = moves.step(this.#state, k);
    const stand: number[] = [];
    for (const other of this.#waiting) {
      const ko = kind[other] as number;
      if (moves.step(after, ko) === after) stand.push(other);
      else if (moves.reset[k] === 1 && moves.total[ko] === 1) {
        this.#waiting.delete(other);
        this.#place(other);
      }
    }
    this.#place(op);
    this.#state = after;
    for (const other of stand) {
      this.#waiting.delete(other);
      this.#place(other);
    }
  }

  #place(op: number): void {
    this.#rows.push(this.#task.row[op] as number);
  }
}

function lostByKind({ n, kind, ret, moves }: Task): number[][] {
  const number = new Map<number, number>();
  const lost: number[][] = [];
  for (let i = 0; i < n; i++) {
    const k = kind[i] as number;
    if (ret[i] !== NEVER || moves.pure[k] === 1) continue;
    if (!number.has(k)) number.set(k, lost.push([]) - 1);
    (lost[number.get(k) as number] as number[]).push(i);
  }
  return lost;
}
