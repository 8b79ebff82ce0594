/**
 * What a client's answer means where the client is somebody's own code: the `Client` of a target, or
 * a function given to `record()`. With `outcomes.ts` the whole of "did it happen".
 */
import { Definite, type Op, type Outcome, type Value } from './operation.ts';

/** Operations whose bare answer says nothing that the operation itself does not say. */
const SILENT: ReadonlySet<string> = new Set(['write', 'cas']);

/**
 * An outcome as it stands, or a bare value, which means ok: of a read (and a transaction) it is the
 * value, of others the result beside it (add: the sum; getset: the old value; …).
 */
export function outcomeOfAnswer(op: Op, answer: Outcome | Value | undefined): Outcome {
  if (isOutcome(answer)) return answer;
  if (op.f === 'read' || op.f === 'txn') return { type: 'ok', value: answer ?? null };
  if (answer === undefined || SILENT.has(op.f)) return { type: 'ok', value: op.value };
  return { type: 'ok', value: op.value, result: answer };
}

/** `Definite`: it did not happen. Anything else: nobody knows, except that a read changed nothing. */
export function outcomeOfThrown(op: Op, thrown: unknown): Outcome {
  const error = thrown instanceof Error ? thrown.message : String(thrown);
  if (thrown instanceof Definite) {
    const { observed } = thrown;
    return observed === undefined ? { type: 'fail', error } : { type: 'fail', error, observed };
  }
  return { type: op.f === 'read' ? 'fail' : 'info', error };
}

/** True for an outcome, false for a bare value. */
function isOutcome(answer: Outcome | Value | undefined): answer is Outcome {
  return typeof answer === 'object' && answer !== null && 'type' in answer;
}
