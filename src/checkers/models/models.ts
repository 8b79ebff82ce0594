/**
 * The built-in models by name, and which of them an unnamed history of one key needs.
 */
import type { Value } from '../../base/operation.ts';
import { type Call, isCertain, isUnknown } from '../calls.ts';
import type { Model } from '../checker.ts';
import { seesAdd } from '../columns.ts';
import { appendKvModel } from './append-kv.ts';
import { appendListModel } from './append-list.ts';
import { multiRegisterModel } from './multi-register.ts';
import { mutexModel } from './mutex.ts';
import { bagModel, queueModel } from './queue.ts';
import { registerModel } from './register.ts';
import { setModel } from './set.ts';
import { stackModel } from './stack.ts';

/** What a key is: the shapes of object that the built-in models describe. */
export type ObjectKind =
  | 'register'
  | 'list'
  | 'mutex'
  | 'set'
  | 'queue'
  | 'bag'
  | 'stack'
  | 'multi-register'
  | 'text';

/** Registers of all sorts judge alike; the names say what to expect. */
const KINDS = {
  register: 'register',
  'cas-register': 'register',
  counter: 'register',
  'append-list': 'list',
  'multi-register': 'multi-register',
  mutex: 'mutex',
  set: 'set',
  queue: 'queue',
  'unordered-queue': 'bag',
  stack: 'stack',
  'append-kv': 'text',
} as const satisfies Readonly<Record<string, ObjectKind>>;

export type ModelName = keyof typeof KINDS;
export const MODEL_NAMES = Object.keys(KINDS) as readonly ModelName[];

/** Operations of each. */
export const OPERATIONS: Readonly<Record<ObjectKind, readonly string[]>> = {
  register: ['read', 'write', 'cas', 'add', 'getset', 'delete', 'not'],
  list: ['append', 'read'],
  mutex: ['acquire', 'release'],
  set: ['add', 'remove', 'contains', 'read'],
  queue: ['enqueue', 'dequeue'],
  bag: ['enqueue', 'dequeue'],
  stack: ['push', 'pop'],
  'multi-register': ['txn'],
  text: ['get', 'put', 'append'],
};

/** The shape of object that a model describes. */
export function kindOfModel(name: ModelName): ObjectKind {
  return KINDS[name];
}

export function isModelName(name: string): name is ModelName {
  return Object.hasOwn(KINDS, name);
}

/** The kind of object that the model's name says, else that the operations say; or why there is none. */
export function objectKind(
  calls: readonly Call[],
  name: ModelName | undefined,
): { readonly kind: ObjectKind } | { readonly unfit: string } {
  const kind = name === undefined ? kindByCalls(calls) : kindOfModel(name);
  const odd = calls.find((call) => !OPERATIONS[kind].includes(call.invoke.f));
  if (odd === undefined) return kind === 'register' ? wellAsked(calls) : { kind };
  return {
    unfit: `the ${name ?? kind} model knows no operation "${odd.invoke.f}" (event ${odd.invoke.index}); it knows ${OPERATIONS[kind].join(', ')}`,
  };
}

/** A register, if what asks for several values or for a number does so. */
function wellAsked(calls: readonly Call[]): ReturnType<typeof objectKind> {
  for (const { invoke } of calls) {
    const { f, value, index } = invoke;
    if (f === 'cas' && !(Array.isArray(value) && value.length === 2))
      return { unfit: `a cas takes [old, new], event ${index} has ${JSON.stringify(value)}` };
    if (f === 'add' && typeof value !== 'number')
      return {
        unfit: `an add to a register takes a number, event ${index} has ${JSON.stringify(value)}`,
      };
  }
  return { kind: 'register' };
}

/** A list where something is appended, or where lists are read that nobody wrote as a value. */
function kindByCalls(calls: readonly Call[]): ObjectKind {
  const fs = new Set(calls.map((call) => call.invoke.f));
  if (fs.has('acquire') || fs.has('release')) return 'mutex';
  if (fs.has('get') || fs.has('put')) return 'text';
  if (fs.has('append')) return 'list';
  const lists = calls.some(({ invoke, end }) => invoke.f === 'read' && Array.isArray(end?.value));
  if (fs.has('remove') || fs.has('contains') || (fs.has('add') && lists)) return 'set';
  return fs.size === 1 && fs.has('read') && lists ? 'list' : 'register';
}

/** The sequential model of a key. */
export function builtInModel(
  kind: ObjectKind,
  calls: readonly Call[],
  initial: Value,
): Model<unknown> {
  return modelOf(kind, calls, initial) as Model<unknown>;
}

function modelOf(kind: ObjectKind, calls: readonly Call[], initial: Value): object {
  switch (kind) {
    case 'register':
      return registerModel({ initial, nullIsZero: seesAdd(calls) });
    case 'list':
      return appendListModel(initial);
    case 'mutex':
      return mutexModel;
    case 'set':
      return setModel(initial);
    case 'queue':
      return queueModel(initial, calls);
    case 'bag':
      return bagModel(initial, calls);
    case 'stack':
      return stackModel(initial);
    case 'multi-register':
      return multiRegisterModel(initial);
    case 'text':
      return appendKvModel(initial, calls);
  }
}

/** Observations by their names. */
const SEES = new Set([
  'read',
  'cas',
  'dequeue',
  'pop',
  'acquire',
  'release',
  'get',
  'contains',
  'txn',
  'not',
]);

/** A completed operation whose answer could have been wrong. */
export function observes(call: Call): boolean {
  if (isUnknown(call) || !isCertain(call)) return false;
  const { invoke, end } = call;
  return end?.type === 'fail' || SEES.has(invoke.f) || end?.result !== undefined;
}
