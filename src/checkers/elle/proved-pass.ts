/**
 * What becomes of a history in which no anomaly shows: a serial order that keeps real time, which proves
 * every model; for registers also that there is none, which refutes the strict one; and planted violations
 * that are found.
 */
import type { Txns } from '../../history/packed/txns.ts';
import type { Judged as JudgedPart, Verdict } from '../verdict.ts';
import { type Judged, judge } from './judge.ts';
import { judgeModels, mainName, refutedModels } from './models.ts';
import { NO_SERIAL_ORDER, noSerialOrder } from './no-serial-order.ts';
import { measurePower } from './power.ts';
import { type SerialOrder, serialOrder } from './serial-order.ts';
import { verifyAnomalies } from './verify-anomaly.ts';
import { MOST } from './verify-no-serial-order.ts';
import { verifySerialOrder } from './verify-serial-order.ts';
import type { KeyAssumption } from './version-order.ts';

/** The strongest model: strict serializability by its first name. */
const STRICT = 'strong-serializable';

/** No anomaly was found that they forbid: is there a serial order? */
export function provedPass(
  judged: Judged,
  asked: readonly string[],
  {
    keyAssumptions = [],
    verdictOnly = false,
  }: {
    readonly keyAssumptions?: readonly KeyAssumption[] | undefined;
    readonly verdictOnly?: boolean | undefined;
  },
  part: JudgedPart,
): Verdict {
  const { txns } = judged.inference;
  const strict = asked.some((name) => mainName(name) === STRICT);
  // Of a list the anomalies say all; of a register only an order does.
  const decides = strict && txns.kind === 'rw-register';
  const possible = !refutedModels(judged.found.keys()).has(STRICT);
  const wanted = possible && (decides || !verdictOnly);
  // What assumptions about keys add is no fact: an order is looked for without it.
  const facts = wanted && keyAssumptions.length > 0 ? judge(txns) : judged;
  const order = wanted ? serialOrder(facts.inference, facts.order) : undefined;
  if (decides && order !== undefined && 'missing' in order && order.missing === 'none')
    return withoutOrder(txns, asked, order.near, part);
  if (verdictOnly) return { ...part, valid: true };
  const proof = proofOf(txns, order);
  if (proof.wrong !== undefined)
    return broken(part, `The serial order does not hold: ${proof.wrong}.`);
  const power = measurePower(txns, asked, keyAssumptions);
  if (power.found < power.planted)
    return broken(
      part,
      `Of ${power.planted} violations planted into copies of the history the checker found only ${power.found} (missed: ${power.missed.join(', ')}).`,
    );
  return {
    ...part,
    valid: true,
    checker: `${part.checker}; ${proof.text}`,
    ...(proof.events !== undefined && { serialOrder: proof.events }),
    ...(power.planted > 0 && { power: { planted: power.planted, found: power.found } }),
    ...(power.planted === 0 && { weak: true }),
  };
}

interface Proof {
  readonly text: string;
  readonly events?: Int32Array;
  readonly wrong?: string | undefined;
}

/** What is proved, in words: an order that was played through proves every model there is. */
function proofOf(txns: Txns, order: SerialOrder | undefined): Proof {
  if (order === undefined || 'missing' in order) {
    const tried = order?.missing === 'unknown' ? 'was found' : 'keeps real time';
    return { text: `no serial order ${tried}: not refuted, not proved` };
  }
  const wrong = verifySerialOrder(txns, order.found);
  return {
    wrong,
    text: `serial order found and played through: ${STRICT} is proved`,
    events: order.found.map((t) => txns.invoked[t] as number),
  };
}

/** Refuted though no anomaly of Elle shows. */
function withoutOrder(
  txns: Txns,
  asked: readonly string[],
  near: number,
  part: JudgedPart,
): Verdict {
  const anomaly = noSerialOrder(txns, near);
  const { length } = anomaly.operations;
  if (length > MOST)
    return {
      ...part,
      valid: 'unknown',
      reason: 'budget',
      why: `What reads and real time force has no serial order, but the fewest transactions found that show it are ${length}, and of more than ${MOST} not all orders can be tried.`,
    };
  const wrong = verifyAnomalies(txns, [anomaly]);
  if (wrong !== undefined) return broken(part, `The evidence does not hold: ${wrong}.`);
  const found = { ...part.consistency?.found, [NO_SERIAL_ORDER]: 1 };
  const refuted = refutedModels(Object.keys(found));
  return {
    ...part,
    valid: false,
    anomalies: [anomaly],
    consistency: {
      asked,
      incomplete: [],
      ...part.consistency,
      ...judgeModels(Object.keys(found)),
      found,
      refuted: asked.filter((name) => refuted.has(mainName(name))),
    },
  };
}

/** Evidence that does not hold: nothing is said but that. */
export function broken(part: JudgedPart, why: string): Verdict {
  return {
    ...part,
    valid: 'unknown',
    reason: 'crashed-check',
    why: `${why} This is a bug in the checker.`,
  };
}
