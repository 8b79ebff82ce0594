/**
 * Which operations have taken effect: nearly a prefix, as searches go along the history. Prints
 * itself as a short string that equal sets share.
 */
export class DoneSet {
  readonly #has: Uint8Array;
  /** All below are in. */
  #low = 0;
  /** None from here on is in. */
  #high = 0;

  constructor(size: number) {
    this.#has = new Uint8Array(size);
  }

  has(i: number): boolean {
    return this.#has[i] === 1;
  }

  add(i: number): void {
    this.#has[i] = 1;
    if (i >= this.#high) this.#high = i + 1;
    while (this.#has[this.#low] === 1) this.#low++;
  }

  delete(i: number): void {
    this.#has[i] = 0;
    if (i < this.#low) this.#low = i;
    while (this.#high > 0 && this.#has[this.#high - 1] === 0) this.#high--;
  }

  /** The end of the full prefix, the number of words, then the rest, 15 members a character. */
  text(): string {
    let words = '';
    for (let i = this.#low; i < this.#high; i += 15) {
      let word = 0;
      const end = Math.min(i + 15, this.#high);
      for (let j = i; j < end; j++) word |= (this.#has[j] as number) << (j - i);
      words += String.fromCharCode(word);
    }
    return `${this.#low},${words.length},${words}`;
  }
}
