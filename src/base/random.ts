/**
 * The only source of chance: sfc32, seeded, split by label.
 *
 * A generator split off by a label depends on the seed and the label alone, never on how many
 * numbers were drawn before, so that adding a draw in one place moves nothing elsewhere.
 */
export interface Random {
  /** Next 32 bits, as an unsigned integer. */
  next(): number;
  /** Whole number, `0 ≤ x < bound`. `bound` from 1 to 2^32. Free of bias. */
  below(bound: number): number;
  /** Whole number, `low ≤ x ≤ high`. */
  between(low: number, high: number): number;
  /** True in `numerator` of `denominator` cases. */
  chance(numerator: number, denominator: number): boolean;
  /** One of a non-empty list. */
  pick<T>(items: readonly T[]): T;
  /** A shuffled copy. */
  shuffle<T>(items: readonly T[]): T[];
  /** A generator of its own for what the label names. */
  split(label: string): Random;
  /** The four words of state, for machines that save themselves. */
  state(): readonly [number, number, number, number];
}

/** Generator from a seed: any integer up to 2^53, or a string. */
export function random(seed: number | string): Random {
  return fromWords(words(String(seed)));
}

/** Generator that goes on where `state()` was taken. */
export function resumeRandom(state: readonly [number, number, number, number]): Random {
  return new Sfc32([...state], words(state.join()));
}

function fromWords(seed: Words): Random {
  const made = new Sfc32([...seed], seed);
  for (let i = 0; i < 12; i++) made.next();
  return made;
}

type Words = [number, number, number, number];

/** 128 bits of a string (four FNV-1a passes with different bases, finished by a mixer). */
function words(text: string): Words {
  return [0x811c9dc5, 0x01000193, 0x9e3779b9, 0x85ebca6b].map((basis) => {
    let hash = basis;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) | 0;
  }) as Words;
}

class Sfc32 implements Random {
  readonly #s: Words;
  readonly #seed: Words;

  constructor(state: Words, seed: Words) {
    this.#s = state;
    this.#seed = seed;
  }

  next(): number {
    const s = this.#s;
    const t = (((s[0] + s[1]) | 0) + s[3]) | 0;
    s[3] = (s[3] + 1) | 0;
    s[0] = s[1] ^ (s[1] >>> 9);
    s[1] = (s[2] + (s[2] << 3)) | 0;
    s[2] = (s[2] << 21) | (s[2] >>> 11);
    s[2] = (s[2] + t) | 0;
    return t >>> 0;
  }

  below(bound: number): number {
    const limit = 0x1_0000_0000 - (0x1_0000_0000 % bound);
    let x = this.next();
    while (x >= limit) x = this.next();
    return x % bound;
  }

  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  chance(numerator: number, denominator: number): boolean {
    return this.below(denominator) < numerator;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  shuffle<T>(items: readonly T[]): T[] {
    const copy = [...items];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [copy[i], copy[j]] = [copy[j] as T, copy[i] as T];
    }
    return copy;
  }

  split(label: string): Random {
    return fromWords(words(`${this.#seed.join()}/${label}`));
  }

  state(): Words {
    return [...this.#s];
  }
}
