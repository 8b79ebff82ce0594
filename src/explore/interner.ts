/** Numbers names in the order in which they come, from 0. */
export class Interner {
  readonly #ids = new Map<string, number>();

  of(name: string): number {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    this.#ids.set(name, this.#ids.size);
    return this.#ids.size - 1;
  }
}
