/**
 * How answers are understood where systems and tools differ: a read of nil, a failed cas.
 */
import type { Value } from '../base/operation.ts';
import { type Call, isCertain } from './calls.ts';

export interface Reading {
  /**
   * A completed read of nil: `unset` (Porcupine, and our own histories), the value is absent or the
   * initial one; `any` (Knossos), it says nothing. Default: unset.
   */
  readonly nilRead?: 'any' | 'unset' | undefined;
  /**
   * A failed cas that does not tell what it found: `ignore`, it did not happen and says nothing;
   * `observed` (Porcupine), the value was another one. Default: ignore.
   */
  readonly failedCas?: 'ignore' | 'observed' | undefined;
}

/** The calls as they are to be judged, and how many reads of nil were taken to say nothing. */
export function understood(
  calls: readonly Call[],
  { nilRead = 'unset', failedCas = 'ignore' }: Reading,
): { readonly calls: readonly Call[]; readonly silent: number } {
  if (nilRead === 'unset' && failedCas === 'ignore') return { calls, silent: 0 };
  let silent = 0;
  const read = calls.map((call) => {
    if (nilRead === 'any' && saysNil(call)) {
      silent++;
      return asSilent(call);
    }
    return failedCas === 'observed' ? (asNot(call) ?? call) : call;
  });
  return { calls: read, silent };
}

function saysNil({ invoke, end }: Call): boolean {
  return invoke.f === 'read' && end?.type === 'ok' && end.value === null;
}

/** As if the read had been refused. */
function asSilent(call: Call): Call {
  const { end } = call;
  return end === undefined ? call : { ...call, end: { ...end, type: 'fail' } };
}

/** A failed cas as an operation that proves that the value was not the expected one. */
function asNot(call: Call): Call | undefined {
  const { invoke, end } = call;
  if (invoke.f !== 'cas' || end?.type !== 'fail' || isCertain(call)) return undefined;
  if (!Array.isArray(invoke.value)) return undefined;
  const value = invoke.value[0] as Value;
  return {
    ...call,
    invoke: { ...invoke, f: 'not', value },
    end: { ...end, f: 'not', type: 'ok', value },
  };
}
