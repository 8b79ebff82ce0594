/**
 * What a stock is, for a checker: its states, and what each operation does to them.
 *
 *     hermes check history.jsonl --model examples/stock/model.ts
 */
import type { Model } from '../../src/api.ts';

/** Goods at the beginning. */
export const GOODS = 20;

/** `order` so many: ok, or failed since there were not so many; `read`: how many are there. */
export default {
  name: 'stock',
  init: GOODS,
  step(goods, { f, value }, result) {
    if (f === 'read') return result.type !== 'ok' || result.value === goods ? goods : undefined;
    // A refusal proves nothing here: a checker never asks about what did not happen.
    const left = goods - (value as number);
    return left < 0 ? undefined : left;
  },
  key: (goods) => goods,
} satisfies Model<number>;
