/**
 * How much is tried at each return. Most are passed by whatever is cheapest; where one cannot be passed,
 * more is tried for a stretch before it: wider and wider, further and further back.
 */

/** One return is gone back at first, then each time so many times as far. */
const FARTHER = 4;
/** Attempts before even more is kept. */
const ATTEMPTS = 2;

const NOWHERE = new Uint8Array(0);

export class Effort {
  /** Per level: how many configurations are kept. */
  readonly #beams: readonly number[];
  readonly #returns: number;
  /** Per number of a return; empty while nothing more was tried anywhere. */
  #level = NOWHERE;
  /** Per number of a return that could not be passed: how often more was tried. */
  readonly #attempts = new Map<number, number>();

  /** For so many returns. Infinity, as the last of the beams: keep all. */
  constructor(beams: readonly number[], returns: number) {
    this.#beams = beams;
    this.#returns = returns;
  }

  level(number: number): number {
    return number < this.#level.length ? (this.#level[number] as number) : 0;
  }

  beam(number: number): number {
    return this.#beams[this.level(number)] as number;
  }

  /**
   * A return cannot be passed: more will be tried from an earlier one on. Answers which; undefined: all
   * was tried. `firstCut`: the first at which configurations were thrown away; no need to go back further
   * where none will be any more.
   */
  raise(number: number, firstCut: number): number | undefined {
    const attempt = this.#attempts.get(number) ?? 0;
    this.#attempts.set(number, attempt + 1);
    const top = this.#beams.length - 1;
    const level = Math.min(top, 1 + Math.floor(attempt / ATTEMPTS));
    const all = this.#beams[level] === Infinity;
    const window = FARTHER ** attempt;
    const exhausted = attempt > ATTEMPTS * (top - 1) && (all || window / FARTHER >= number);
    if (top === 0 || exhausted) return undefined;
    const from = all ? Math.min(firstCut, number) : Math.max(0, number - window);
    if (this.#level.length === 0) this.#level = new Uint8Array(this.#returns);
    for (let i = from; i <= number; i++)
      if ((this.#level[i] as number) < level) this.#level[i] = level;
    return from;
  }
}
