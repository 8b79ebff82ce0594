/**
 * A checker of one's own: the numbers of orders are given out without a gap. It sees the whole history,
 * says valid, invalid or unknown, and names the operations that show what is wrong.
 *
 *     hermes check history.jsonl --checker examples/stock/checker.ts
 */
import type { Checker } from '../../src/api.ts';

export default {
  name: 'no-gaps',
  check({ events }) {
    const orders = events.filter(({ f }) => f === 'order');
    const given = orders.filter(({ type }) => type === 'ok');
    if (given.length === 0) return { valid: 'unknown', why: 'Nothing was ordered.' };
    // An order whose client gave up may have taken a number.
    const lost = orders.filter(({ type }) => type === 'info').length;
    const last = Math.max(...given.map(({ result }) => Number(result)));
    if (last <= given.length + lost) return { valid: true };
    return {
      valid: false,
      anomalies: [
        {
          type: 'gap',
          why: `Order ${last} was given out, but only ${given.length} orders were taken and ${lost} lost.`,
          operations: orders.filter(({ type }) => type === 'invoke').map(({ index }) => index),
        },
      ],
    };
  },
} satisfies Checker;
