/**
 * From a history that is not linearizable to a few operations that suffice to show it, by weakening
 * (see `weaken.ts`).
 */
import type { Call } from '../calls.ts';
import type { Answer } from './conflict.ts';
import {
  type Level,
  REGISTER_WEAKENING,
  type Weakened,
  type Weakening,
  replaced,
  weakened,
} from './weaken.ts';

export interface Shrunk {
  readonly levels: readonly Level[];
  /** The conflict in the weaker history, in rows of the stronger one. */
  readonly answer: Answer & { readonly type: 'invalid' };
  readonly weakened: Weakened;
}

/**
 * Shrinks. `first`: rows that may suffice by themselves (tried first). `judge` must be sound when it
 * says invalid; at most `trials` histories are judged. Undefined: not even the whole one is judged invalid.
 */
export function shrink(
  calls: readonly Call[],
  first: readonly number[],
  judge: (calls: readonly Call[]) => Answer,
  trials: number,
  weakening: Weakening = REGISTER_WEAKENING,
): Shrunk | undefined {
  const shrinker = new Shrinker(calls, judge, trials, weakening);
  if (!shrinker.begin(first)) return undefined;
  shrinker.weakenWriters();
  shrinker.blindReplacements();
  return shrinker.result();
}

class Shrinker {
  readonly #size: number;
  readonly #judge: (calls: readonly Call[]) => Answer;
  readonly #weakening: Weakening;
  /** What is not left out yet, its rows, and how strong each is. */
  #calls: readonly Call[];
  #rows: readonly number[];
  #levels: Level[] = [];
  #trials: number;

  constructor(
    calls: readonly Call[],
    judge: (calls: readonly Call[]) => Answer,
    trials: number,
    weakening: Weakening,
  ) {
    this.#size = calls.length;
    this.#calls = calls;
    this.#rows = calls.map((_, row) => row);
    this.#judge = judge;
    this.#trials = trials;
    this.#weakening = weakening;
  }

  /** Only `first` strong, if that suffices, best without the chains that lead up to them; else everything. */
  begin(first: readonly number[]): boolean {
    const few = this.#calls.map((call) => this.#weakening.weakest(call));
    const blind = few.map((level, row): Level => {
      const cut = level === 'optional' && replaced(this.#calls[row] as Call) !== undefined;
      return cut ? 'blind' : level;
    });
    for (const levels of [blind, few]) {
      for (const row of first) levels[row] = 'strong';
      if (!this.#accept(levels)) continue;
      this.#leaveOut();
      return true;
    }
    return this.#accept(this.#calls.map(() => 'strong'));
  }

  /** Weakens halves, quarters, …, single strong operations. */
  weakenWriters(): void {
    const strong = (): number[] =>
      this.#levels.flatMap((level, row) => (level === 'strong' ? [row] : []));
    for (let size = Math.ceil(strong().length / 2); size >= 1; size = size === 1 ? 0 : size >> 1) {
      const rows = strong();
      for (let at = 0; at < rows.length && this.#trials > 0; at += size) {
        const levels = [...this.#levels];
        for (const row of rows.slice(at, at + size))
          levels[row] = this.#weakening.weakest(this.#calls[row] as Call);
        this.#accept(levels);
      }
    }
  }

  /** Cuts what hangs on optional replacements: the chains that lead up to them. */
  blindReplacements(): void {
    for (let row = this.#levels.length - 1; row >= 0 && this.#trials > 0; row--) {
      if (this.#levels[row] !== 'optional' || replaced(this.#calls[row] as Call) === undefined)
        continue;
      const levels = [...this.#levels];
      levels[row] = 'blind';
      this.#accept(levels);
    }
  }

  /** In rows of the whole. */
  result(): Shrunk | undefined {
    const small = weakened(this.#calls, this.#levels);
    const answer = this.#judge(small.calls);
    if (answer.type !== 'invalid') return undefined;
    const levels = Array.from<Level>({ length: this.#size }).fill('out');
    for (const [i, row] of this.#rows.entries()) levels[row] = this.#levels[i] as Level;
    const rows = small.rows.map((i) => this.#rows[i] as number);
    return { levels, answer, weakened: { calls: small.calls, rows } };
  }

  /** What is out stays out, and costs no more. */
  #leaveOut(): void {
    const kept = this.#levels.flatMap((level, i) => (level === 'out' ? [] : [i]));
    this.#calls = kept.map((i) => this.#calls[i] as Call);
    this.#rows = kept.map((i) => this.#rows[i] as number);
    this.#levels = kept.map((i) => this.#levels[i] as Level);
  }

  #accept(levels: Level[]): boolean {
    this.#trials--;
    this.#weakening.prune(this.#calls, levels);
    if (this.#judge(weakened(this.#calls, levels).calls).type !== 'invalid') return false;
    this.#levels = levels;
    return true;
  }
}
