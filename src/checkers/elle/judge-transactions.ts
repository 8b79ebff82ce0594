/**
 * The verdict on a history of transactions: which of the consistency models asked for are refuted, by
 * which anomalies; a pass with a serial order that is played through again, and with planted violations
 * that are found.
 */
import type { History } from '../../history/event.ts';
import type { Judged as JudgedPart, Verdict } from '../verdict.ts';
import { type Judged, judge, refutedBy } from './judge.ts';
import {
  DEFAULT_MODEL,
  MODEL_NAMES,
  isIncomplete,
  judgeModels,
  mainName,
  refusal,
  refutedModels,
} from './models.ts';
import { measurePower } from './power.ts';
import { NO_SERIAL_ORDER, noSerialOrder } from './no-serial-order.ts';
import { type SerialOrder, serialOrder } from './serial-order.ts';
import type { TxnKind, Txns } from '../../history/packed/txns.ts';
import { columnsOf, txnKind } from './txns.ts';
import { verifyAnomalies } from './verify-anomaly.ts';
import { verifySerialOrder } from './verify-serial-order.ts';
import { type KeyAssumption } from './version-order.ts';

/** The strongest model; DEFAULT_MODEL is another name of it. */
const STRICT = 'strong-serializable';

export interface TransactionsRequest {
  /** `list-append` or `rw-register`. Default: by the micro-operations. */
  readonly kind?: TxnKind | undefined;
  /** Names as Elle's. Default: strict-serializable. */
  readonly consistencyModels?: readonly string[] | undefined;
  /** rw-register: what each key by itself is assumed to be. */
  readonly keyAssumptions?: readonly KeyAssumption[] | undefined;
  /** Neither a serial order nor planted violations are asked for. */
  readonly verdictOnly?: boolean | undefined;
}

/** Judges it. Total for what a reader lets through; throws `MalformedHistory`. */
export function judgeTransactions(history: History, request: TransactionsRequest = {}): Verdict {
  const refused = refusedOf(request);
  if (refused !== undefined) return refused;
  const kind = request.kind ?? txnKind(history.events);
  if (kind === undefined)
    return undecided(
      'nothing-to-check',
      'The history holds no transaction of list-append or rw-register.',
    );
  return judgeTxns(columnsOf(history.events, kind), request);
}

/** Models that have no rule could never be refuted: nothing is said of them. */
function refusedOf({ consistencyModels = [] }: TransactionsRequest): Verdict | undefined {
  const why = consistencyModels.map(refusal).find((each) => each !== undefined);
  if (why === undefined) return undefined;
  return undecided(
    'not-applicable',
    `${capital(why)} There are rules for ${MODEL_NAMES.join(', ')}.`,
  );
}

/** The same of columns. */
export function judgeTxns(txns: Txns, request: TransactionsRequest = {}): Verdict {
  const refused = refusedOf(request);
  if (refused !== undefined) return refused;
  const { consistencyModels: asked = [DEFAULT_MODEL], keyAssumptions = [] } = request;
  const judged = judge(txns, keyAssumptions);
  const { inference, found } = judged;
  const refuted = refutedModels(found.keys());
  const { not, alsoNot, anomalies } = refutedBy(judged, asked);
  const part = (): JudgedPart => ({
    checker: `${txns.kind}: ${countText(judged)}`,
    operations: txns.n,
    keys: txns.keyNames.length,
    consistency: {
      asked,
      refuted: asked.filter((name) => refuted.has(mainName(name))),
      not,
      alsoNot,
      incomplete: asked.filter(isIncomplete),
      found: Object.fromEntries(found),
      ...(keyAssumptions.length > 0 && { keyAssumptions }),
    },
  });
  const { twice } = inference.writers;
  if (twice !== undefined) {
    const [a, b] = twice;
    const events = [a, b].map((m) => txns.invoked[txns.of[m] as number]);
    return {
      ...part(),
      valid: 'unknown',
      reason: 'not-applicable',
      why: `The transactions of events ${events.join(' and ')} write the same value ${JSON.stringify(txns.nameOf(txns.v[a] as number))} to key ${txns.keyNames[txns.key[a] as number]}: who wrote what cannot be told. Written values must be unique for each key.`,
    };
  }
  if (anomalies.length > 0) {
    const wrong = verifyAnomalies(txns, anomalies, keyAssumptions);
    if (wrong !== undefined) return broken(part(), `The evidence does not hold: ${wrong}.`);
    return { ...part(), valid: false, anomalies };
  }
  if (!inference.observed || inference.edges.n === 0)
    return {
      ...part(),
      valid: 'unknown',
      reason: 'nothing-to-check',
      why: inference.observed
        ? `No transaction of the ${txns.n} saw or overwrote what another one did, so nothing could have been wrong.`
        : `None of the ${txns.n} transactions told what it saw, so nothing could have been wrong.`,
    };
  return pass(txns, judged, asked, request, part());
}

/** No anomaly was found that they forbid: is there a serial order? */
function pass(
  txns: Txns,
  judged: Judged,
  asked: readonly string[],
  { keyAssumptions = [], verdictOnly = false }: TransactionsRequest,
  part: JudgedPart,
): Verdict {
  const strict = asked.some((name) => mainName(name) === STRICT);
  // Of a list the anomalies say all; of a register only an order does.
  const decides = strict && txns.kind === 'rw-register';
  const possible = !refutedModels(judged.found.keys()).has(STRICT);
  const order =
    possible && (decides || !verdictOnly) ? serialOrder(judged.inference, judged.order) : undefined;
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
  if (order === undefined || 'missing' in order)
    return { text: 'no serial order that keeps real time was found: not refuted, not proved' };
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

function broken(part: JudgedPart, why: string): Verdict {
  return {
    ...part,
    valid: 'unknown',
    reason: 'crashed-check',
    why: `${why} This is a bug in the checker.`,
  };
}

function countText({ inference }: Judged): string {
  const { txns, edges } = inference;
  return `${txns.n} transactions, ${edges.n} edges`;
}

function undecided(reason: 'not-applicable' | 'nothing-to-check', why: string): Verdict {
  return { valid: 'unknown', checker: 'none', operations: 0, keys: 0, reason, why };
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
