/**
 * Believes no checker: walks a linearization with the sequential model and with real time.
 *
 * Shares no code with the algorithms that make linearizations; works on the events as recorded.
 */
import type { Op, Outcome } from '../../base/operation.ts';
import type { Model } from '../checker.ts';
import type { Call } from '../calls.ts';

/** What is wrong with `order` (rows of `calls`), or undefined: it proves the calls linearizable. */
export function verifyLinearization<S>(
  calls: readonly Call[],
  order: ArrayLike<number>,
  model: Model<S>,
): string | undefined {
  const placed = new Uint8Array(calls.length);
  let state = model.init;
  let latestCall = -1;
  for (let at = 0; at < order.length; at++) {
    const row = order[at] as number;
    const call = calls[row];
    if (call === undefined) return `there is no operation ${row}`;
    const name = `${call.invoke.f} (event ${call.invoke.index})`;
    if (placed[row] === 1) return `${name} stands there twice`;
    placed[row] = 1;
    const { end } = call;
    if (end?.type === 'fail' && end.observed === undefined)
      return `${name} failed, and stands there`;
    const returned = end === undefined || end.type === 'info' ? Infinity : call.ret;
    if (returned < latestCall) return `${name} ended before something placed before it was called`;
    latestCall = Math.max(latestCall, call.call);
    const after = model.step(state, asked(call), became(call));
    if (after === undefined) return `${name} could not have had its answer there`;
    state = after;
  }
  const missing = calls.findIndex(
    ({ end }, row) =>
      placed[row] === 0 &&
      (end?.type === 'ok' || (end?.type === 'fail' && end.observed !== undefined)),
  );
  return missing === -1 ? undefined : `operation ${missing} is missing`;
}

function asked({ invoke }: Call): Op {
  return { f: invoke.f, key: invoke.key as number, value: invoke.value };
}

function became({ end }: Call): Outcome {
  if (end === undefined || end.type === 'info') return { type: 'info', error: '' };
  if (end.type === 'fail') return { type: 'fail', error: '', observed: end.observed ?? null };
  return { type: 'ok', value: end.value, ...(end.result !== undefined && { result: end.result }) };
}
