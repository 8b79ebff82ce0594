/**
 * The walk through the operations of an anomaly: all of the key, or its evidence where that is too much
 * or the key gets stuck elsewhere. A walk that gets stuck is a proof by itself.
 */
import type { Value } from '../base/operation.ts';
import { type Call, asUnknown, isUnknown, opOf } from './calls.ts';
import type { Model } from './checker.ts';
import { seesAdd } from './columns.ts';
import { unfounded } from './linearizability/confirm.ts';
import { optionalOf, replaced } from './linearizability/weaken.ts';
import { type ObjectKind, builtInModel, isModelName, objectKind } from './models/models.ts';
import { type Stack, elementsOfStack } from './models/stack.ts';
import { registerModel } from './models/register.ts';
import { type Reading, understood } from './reading.ts';
import type { Anomaly } from './verdict.ts';
import { type Walk, walk } from './walk.ts';

/** How the history was judged. */
export interface Judgement extends Reading {
  /** A built-in model's name, or a model; undefined: by the operations. */
  readonly model?: string | Model | undefined;
  readonly initial?: Value | undefined;
}

/** A walk, and through what: all operations of the key, or those of the evidence. */
export interface AnomalyWalk extends Walk {
  readonly through: 'key' | 'evidence';
}

/** A key with more operations is walked through by its evidence alone. */
const WHOLE_MAX = 20_000;

/**
 * `recorded`: every operation of the history, in order, ranks of all of it. Undefined: the anomaly is
 * another one, or nothing small shows it. Total.
 */
export function walkAnomaly(
  anomaly: Anomaly,
  recorded: readonly Call[],
  judgement: Judgement,
): AnomalyWalk | undefined {
  if (anomaly.type !== 'nonlinearizable') return undefined;
  const { model } = judgement;
  const part = (call: Call): unknown =>
    typeof model === 'object' ? model.partition?.(opOf(call)) : call.invoke.key;
  const own = recorded.filter((call) => part(call) === anomaly.key);
  const { calls } = understood(own, judgement);
  try {
    return typeof model === 'object'
      ? throughAll(calls, model as Model<unknown>)
      : byKind(anomaly, calls, judgement);
  } catch {
    return undefined;
  }
}

/** The whole key where it gets stuck at what the anomaly names; else its evidence, which is clearer. */
function byKind(
  anomaly: Anomaly,
  calls: readonly Call[],
  { model, initial = null }: Judgement,
): AnomalyWalk | undefined {
  const name = typeof model === 'string' && isModelName(model) ? model : undefined;
  const found = objectKind(calls, name);
  if ('unfit' in found) return undefined;
  // Others would be told of the whole history, and refuse what fits until later answers are known.
  const told = found.kind === 'register' ? calls : [];
  const whole = throughAll(calls, builtInModel(found.kind, told, initial), shownAs(found.kind));
  if (found.kind !== 'register') return whole;
  if (whole !== undefined && anomaly.operations.includes(whole.stuck)) return whole;
  return throughEvidence(anomaly, calls, initial) ?? whole;
}

function throughAll(
  calls: readonly Call[],
  model: Model<unknown>,
  show = shown,
): AnomalyWalk | undefined {
  const found = calls.length > WHOLE_MAX ? undefined : walk(calls, model, { show });
  return found && { ...found, through: 'key' };
}

/**
 * The evidence of a register, where it follows from the whole key: from the initial value, else from
 * whatever the register held when the first operation of the evidence that is sure was called.
 */
function throughEvidence(
  anomaly: Anomaly,
  calls: readonly Call[],
  initial: Value,
): AnomalyWalk | undefined {
  const events = new Set(anomaly.operations);
  const cut = calls.find(({ invoke }) => events.has(invoke.index))?.call;
  if (cut === undefined) return undefined;
  const model = registerModel({ initial, nullIsZero: seesAdd(calls) }) as Model<unknown>;
  const since = calls.filter(({ ret }) => ret > cut);
  for (const weaken of [blind, optionalOf]) {
    const whole = evidenceOf(anomaly, calls, weaken);
    const fromInitial = whole && walk(whole, model, { show: shown });
    if (fromInitial !== undefined) return { ...fromInitial, through: 'evidence' };
    const part = evidenceOf(anomaly, since, weaken);
    const anything = [model.init, ...valuesOf(part ?? []), ANYTHING_ELSE];
    const starts = [...new Map(anything.map((state) => [model.key(state), state])).values()];
    const fromAny = part && walk(part, model, { starts, show: shown });
    if (fromAny !== undefined) return { ...fromAny, through: 'evidence' };
  }
  return undefined;
}

/** Of the calls those that the anomaly names; undefined: the others cannot be left out. */
function evidenceOf(
  anomaly: Anomaly,
  calls: readonly Call[],
  weaken: (call: Call) => Call,
): readonly Call[] | undefined {
  const named = new Set(anomaly.operations);
  const mayBe = new Set(anomaly.optional);
  const strong = calls.flatMap(({ invoke }, row) => (named.has(invoke.index) ? [row] : []));
  const optional = new Map(
    calls.flatMap((call, row) =>
      mayBe.has(call.invoke.index) ? [[row, weaken(call)] as const] : [],
    ),
  );
  if (unfounded({ calls, strong, optional }) !== undefined) return undefined;
  const sure = new Set(strong);
  return calls.flatMap((call, row) => (sure.has(row) ? [call] : (optional.get(row) ?? [])));
}

/** Allows more than what may have happened: whatever was there, it leaves its value. */
function blind(call: Call): Call {
  const value = replaced(call)?.[1];
  if (value === undefined) return optionalOf(call);
  return asUnknown({ ...call, invoke: { ...call.invoke, f: 'write', value } });
}

/** A value that no operation knows. */
const ANYTHING_ELSE: Value = [['anything else']];

/** Values that the operations write or look at. */
function valuesOf(calls: readonly Call[]): Value[] {
  return calls.flatMap((call): Value[] => {
    const { invoke, end } = call;
    const known = replaced(call);
    if (known !== undefined) return [...known];
    const saw = invoke.f === 'read' ? end?.value : end?.observed;
    return isUnknown(call) || saw === undefined ? [invoke.value] : [invoke.value, saw];
  });
}

const LONGEST = 80;

/** How states of such an object are told. */
function shownAs(kind: ObjectKind): (state: unknown) => string {
  switch (kind) {
    case 'queue':
    case 'set':
      return (state) => elements(state as Iterable<string>);
    case 'stack':
      return (state) => elements(elementsOfStack(state as Stack));
    case 'bag':
      return (state) =>
        cut((state as { bags: readonly (readonly string[])[] }).bags.map(elements).join(' or '));
    default:
      return shown;
  }
}

/** Elements as text. */
function elements(state: Iterable<string>): string {
  return cut(`[${[...state].join(' ')}]`);
}

/** A state as text. */
function shown(state: unknown): string {
  if (state === ANYTHING_ELSE) return 'anything else';
  const plain = state instanceof Map ? Object.fromEntries(state) : state;
  return cut(plain === null ? 'nil' : (JSON.stringify(plain) ?? String(plain)));
}

function cut(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}
