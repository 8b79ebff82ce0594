/**
 * The verdict on a history of transactions: which of the consistency models asked for are refuted, by
 * which anomalies; a pass with a serial order that is played through again, and with planted violations
 * that are found.
 */
import { capital } from '../../base/figures.ts';
import type { History } from '../../history/event.ts';
import type { TxnKind, Txns } from '../../history/packed/txns.ts';
import type { Judged as JudgedPart, Verdict } from '../verdict.ts';
import { type Judged, judge, refutedBy } from './judge.ts';
import {
  DEFAULT_MODEL,
  MODEL_NAMES,
  isIncomplete,
  mainName,
  refusal,
  refutedModels,
} from './models.ts';
import { broken, provedPass } from './proved-pass.ts';
import { columnsOf, txnKind } from './txns.ts';
import { verifyAnomalies } from './verify-anomaly.ts';
import type { KeyAssumption } from './version-order.ts';

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
        ? `No transaction (of ${txns.n}) saw or overwrote what another one did, so nothing could have been wrong.`
        : `No transaction (of ${txns.n}) told what it saw, so nothing could have been wrong.`,
    };
  return provedPass(judged, asked, request, part());
}

function countText({ inference }: Judged): string {
  const { txns, edges } = inference;
  return `${txns.n} transactions, ${edges.n} edges`;
}

function undecided(reason: 'not-applicable' | 'nothing-to-check', why: string): Verdict {
  return { valid: 'unknown', checker: 'none', operations: 0, keys: 0, reason, why };
}
