/**
 * Goods in stock. An order takes as many as it asks for, or is refused if there are not so many. With
 * `careless` it looks, waits for the payment, and takes: two orders may have looked at the same goods.
 */
import { setTimeout as sleep } from 'node:timers/promises';

export class Stock {
  #goods: number;
  #orders = 0;
  readonly #careless: boolean;

  constructor(goods: number, { careless = false } = {}) {
    this.#goods = goods;
    this.#careless = careless;
  }

  /** The number of the order; undefined: not so many are there. */
  async order(howMany: number): Promise<number | undefined> {
    const there = this.#goods;
    if (this.#careless) await sleep(1);
    if (there < howMany) return undefined;
    this.#goods -= howMany;
    return ++this.#orders;
  }

  async look(): Promise<number> {
    await sleep(1);
    return this.#goods;
  }
}
