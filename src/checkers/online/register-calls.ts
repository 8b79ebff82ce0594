/** Calls of a register, as the reads, writes and replacements that zones and the search understand. */
import type { Value } from '../../base/operation.ts';
import { type Call, NEVER } from '../calls.ts';
import { CAS, READ, type RegisterOp, type Unfit, isUnfit, registerOp } from '../columns.ts';
import { type Following, type Online, plainValue } from './online.ts';

/** An operation that is being followed. */
export interface Followed<T> {
  readonly op: T;
  /** Ranks among the events of the object. `ret` is NEVER where the outcome is unknown. */
  readonly call: number;
  readonly ret: number;
}

/** What follows operations that were understood already. */
export interface OnlineOps<T> {
  readonly size: number;
  called(it: Followed<T>): Following;
  returned(it: Followed<T>): Following;
  rest?(): void;
}

export class RegisterCalls implements Online {
  readonly #ops: OnlineOps<RegisterOp>;
  readonly #nullIsZero: boolean;
  readonly #open = new Map<Call, Followed<RegisterOp>>();

  /** `nullIsZero`: absent and 0 are one value. */
  constructor(ops: OnlineOps<RegisterOp>, nullIsZero: boolean) {
    this.#ops = ops;
    this.#nullIsZero = nullIsZero;
  }

  get size(): number {
    return this.#ops.size + this.#open.size;
  }

  rest(): void {
    this.#ops.rest?.();
  }

  called(call: Call): Following {
    const op = this.#op(call);
    if (op === undefined) return 'fine';
    if (isUnfit(op)) return op;
    const followed = { op, call: call.call, ret: call.ret };
    if (call.ret !== NEVER) this.#open.set(call, followed);
    return this.#ops.called(followed);
  }

  returned(call: Call): Following {
    const followed = this.#open.get(call);
    if (followed === undefined) return 'fine';
    this.#open.delete(call);
    return this.#ops.returned(followed);
  }

  #op(call: Call): RegisterOp | Unfit | undefined {
    const op = registerOp(call);
    if (op === undefined || isUnfit(op)) return op;
    const a = this.#value(op.a);
    if (op.f !== CAS) return { f: op.f, a, b: null };
    const b = this.#value(op.b);
    if (plainValue(a) !== plainValue(b)) return { f: CAS, a, b };
    // It changes nothing: a read, or nothing if nobody saw it.
    return call.ret === NEVER ? undefined : { f: READ, a, b: null };
  }

  #value(value: Value): Value {
    return value === null && this.#nullIsZero ? 0 : value;
  }
}
