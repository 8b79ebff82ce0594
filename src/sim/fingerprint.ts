/**
 * A hash of everything that happened in a run, made while it happens: equal runs have equal ones, and
 * a run that differs anywhere has, but for one case in 2^64, another.
 */
export class Fingerprint {
  #a = 0x811c9dc5;
  #b = 0x9e3779b9;

  /** Two whole numbers below 2^53. */
  add(x: number, y: number): void {
    this.#word(x);
    this.#word(y);
    if (y > 0xffff_ffff) this.#word(y / 0x1_0000_0000);
  }

  addText(text: string): void {
    for (let i = 0; i < text.length; i++) this.#word(text.charCodeAt(i));
  }

  /** 16 hexadecimal digits. */
  get text(): string {
    const hex = (x: number): string => (x >>> 0).toString(16).padStart(8, '0');
    return hex(mixed(this.#a)) + hex(mixed(this.#b));
  }

  /** Two multiplicative hashes with different constants; the second one turns its bits. */
  #word(x: number): void {
    this.#a = Math.imul(this.#a ^ x, 0x01000193);
    const b = Math.imul(this.#b ^ x, 0x85ebca6b);
    this.#b = (b << 13) | (b >>> 19);
  }
}

function mixed(x: number): number {
  const y = Math.imul(x ^ (x >>> 16), 0xc2b2ae35);
  return y ^ (y >>> 13);
}
