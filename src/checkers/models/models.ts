/**
 * The built-in models by name, and which of them an unnamed history of one key needs.
 */
import type { Value } from '../../base/operation.ts';
import { type Call, isCertain, isUnknown } from '../calls.ts';
import type { Model } from '../checker.ts';
import { seesAdd } from '../columns.ts';
import { appendListModel } from './append-list.ts';
import { registerModel } from './register.ts';

/** Registers of all sorts judge alike; the names say what to expect. */
export const MODEL_NAMES = ['register', 'cas-register', 'counter', 'append-list'] as const;
export type ModelName = (typeof MODEL_NAMES)[number];

/** What a key is: the two shapes of object that the built-in models describe. */
export type ObjectKind = 'register' | 'list';

/** Operations of each. */
export const OPERATIONS: Readonly<Record<ObjectKind, readonly string[]>> = {
  register: ['read', 'write', 'cas', 'add', 'getset', 'delete'],
  list: ['append', 'read'],
};

export function isModelName(name: string): name is ModelName {
  return (MODEL_NAMES as readonly string[]).includes(name);
}

/** The kind of object that the model's name says, else that the operations say; or why there is none. */
export function objectKind(
  calls: readonly Call[],
  name: ModelName | undefined,
): { readonly kind: ObjectKind } | { readonly unfit: string } {
  const kind =
    name === undefined ? kindByCalls(calls) : name === 'append-list' ? 'list' : 'register';
  const odd = calls.find((call) => !OPERATIONS[kind].includes(call.invoke.f));
  if (odd === undefined) return { kind };
  return {
    unfit: `the ${name ?? kind} model knows no operation "${odd.invoke.f}" (event ${odd.invoke.index}); it knows ${OPERATIONS[kind].join(', ')}`,
  };
}

/** A list where something is appended, or where lists are read that nobody wrote as a value. */
function kindByCalls(calls: readonly Call[]): ObjectKind {
  if (calls.some((call) => call.invoke.f === 'append')) return 'list';
  const onlyReads = calls.every((call) => call.invoke.f === 'read');
  return onlyReads && calls.some((call) => Array.isArray(call.end?.value)) ? 'list' : 'register';
}

/** The sequential model of a key. */
export function builtInModel(
  kind: ObjectKind,
  calls: readonly Call[],
  initial: Value,
): Model<unknown> {
  if (kind === 'list') return appendListModel(initial) as Model<unknown>;
  return registerModel({ initial, nullIsZero: seesAdd(calls) }) as Model<unknown>;
}

/** A completed operation whose answer could have been wrong. */
export function observes(call: Call): boolean {
  if (isUnknown(call) || !isCertain(call)) return false;
  const { invoke, end } = call;
  return (
    end?.type === 'fail' || invoke.f === 'read' || invoke.f === 'cas' || end?.result !== undefined
  );
}
