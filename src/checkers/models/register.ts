/**
 * The sequential register: read, write, cas, add, getset, delete, as the table of operations says.
 */
import type { Value } from '../../base/operation.ts';
import type { Model } from '../checker.ts';

export interface RegisterOptions {
  readonly initial: Value;
  /** Absent and 0 are one value: keys that see `add`. */
  readonly nullIsZero: boolean;
}

/** State: the value. An operation with unknown outcome that would change nothing is left out. */
export function registerModel(options: RegisterOptions): Model<Value> {
  const plain = (v: Value | undefined): Value =>
    v === undefined || (v === null && options.nullIsZero) ? (options.nullIsZero ? 0 : null) : v;
  return {
    name: 'register',
    init: plain(options.initial),
    key: (s) => (typeof s === 'number' ? s : JSON.stringify(s)),
    traits(op, result) {
      if (op.f === 'read' || op.f === 'not' || result.type === 'fail') return { pure: true };
      const told = result.type === 'ok' && result.result !== undefined;
      const blind = op.f === 'write' || ((op.f === 'getset' || op.f === 'delete') && !told);
      return blind ? { reset: true } : {};
    },
    step(s, op, result) {
      // A failure that tells what was there instead is a read of it; others are never asked about.
      if (result.type === 'fail') return same(s, plain(result.observed)) ? s : undefined;
      const ok = result.type === 'ok' ? result : undefined;
      switch (op.f) {
        case 'read':
          return ok === undefined || same(s, plain(ok.value)) ? s : undefined;
        case 'not':
          return ok === undefined || !same(s, plain(op.value)) ? s : undefined;
        case 'write':
          return plain(op.value);
        case 'cas': {
          const [from, to] = op.value as readonly [Value, Value];
          return same(s, plain(from)) ? plain(to) : undefined;
        }
        case 'getset':
          if (ok?.result !== undefined && !same(s, plain(ok.result))) return undefined;
          return plain(op.value);
        case 'add': {
          if (s !== null && typeof s !== 'number') return undefined;
          const sum = (s ?? 0) + (op.value as number);
          return ok?.result === undefined || ok.result === sum ? sum : undefined;
        }
        case 'delete': {
          const absent = s === null || (options.nullIsZero && s === 0);
          if (ok?.result === 1 && s === null) return undefined;
          if (ok?.result === 0 && !absent) return undefined;
          return plain(null);
        }
        default:
          throw new TypeError(`the register model knows no operation "${op.f}"`);
      }
    },
  };
}

function same(x: Value, y: Value): boolean {
  if (x === y) return true;
  if (typeof x !== 'object' || typeof y !== 'object') return false;
  return JSON.stringify(x) === JSON.stringify(y);
}
