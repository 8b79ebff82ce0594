/**
 * Follows the operations of one key: by zones while no value is written twice, by the search from the
 * first operation on where one is. What is recorded first is kept for a while, so that the choice can
 * be made again.
 */
import type { Value } from '../../../base/operation.ts';
import { type Call, NEVER } from '../../calls.ts';
import { CAS, READ, type RegisterOp, isUnfit, registerOp } from '../../columns.ts';
import { type Followed, type Following, type Online, plainValue } from './online.ts';
import { OnlineFrontier } from './online-frontier.ts';
import { OnlineZones } from './online-zones.ts';
import type { SettledSink } from './settled-events.ts';

/** Events that are kept for a second choice. */
const KEPT_MAX = 128;

export class FollowKey implements SettledSink {
  readonly #initial: Value;
  /** Absent and 0 are one value: an `add` was seen. Until then both may have been. */
  #nullIsZero = false;
  #null = false;
  #zero = false;
  #online: Online & { readonly size: number };
  #by: 'zones' | 'frontier' = 'zones';
  /** Undefined: there is no second choice. */
  #kept: Call[] | undefined = [];
  /** By the calls that are open. */
  readonly #open = new Map<Call, Followed>();
  /** `unfit`: it is left to the check of the whole. */
  state: Following = 'fine';
  /** The operation at whose call or return it became a violation. */
  culprit: Call | undefined;

  constructor(initial: Value) {
    this.#initial = initial;
    this.#online = new OnlineZones(this.#value(initial));
  }

  /** What is remembered of it, in values and configurations. */
  get size(): number {
    return this.#online.size + this.#open.size + (this.#kept?.length ?? 0);
  }

  called(call: Call): void {
    if (this.state !== 'fine') return;
    this.#keep(call);
    if (call.invoke.f === 'add' && !this.#nullIsZero) this.#again(this.#by, true);
    else this.#called(call);
  }

  returned(call: Call): void {
    if (this.state !== 'fine') return;
    this.#keep(call);
    this.#returned(call);
  }

  #keep(call: Call): void {
    if (this.#kept?.push(call) === KEPT_MAX) this.#kept = undefined;
  }

  #called(call: Call): void {
    const op = this.#op(call);
    if (op === undefined) return;
    if (isUnfit(op)) {
      this.#end('unfit', call);
      return;
    }
    const followed = { op, call: call.call, ret: call.ret };
    if (call.ret !== NEVER) this.#open.set(call, followed);
    this.#tell(this.#online.called(followed), call);
  }

  #returned(call: Call): void {
    const followed = this.#open.get(call);
    if (followed === undefined) return;
    this.#open.delete(call);
    this.#tell(this.#online.returned(followed), call);
  }

  #op(call: Call): ReturnType<typeof registerOp> {
    const op = registerOp(call);
    if (op === undefined || isUnfit(op)) return op;
    const a = this.#value(op.a);
    if (op.f !== CAS) return { f: op.f, a, b: null };
    const b = this.#value(op.b);
    if (plainValue(a) !== plainValue(b)) return { f: CAS, a, b };
    // It changes nothing: a read, or nothing if nobody saw it.
    return call.ret === NEVER ? undefined : { f: READ, a, b: null };
  }

  #value(value: Value): RegisterOp['a'] {
    this.#null ||= value === null;
    this.#zero ||= value === 0;
    return value === null && this.#nullIsZero ? 0 : value;
  }

  #tell(following: Following, call: Call): void {
    if (following === 'unfit' && this.#by === 'zones') this.#again('frontier', this.#nullIsZero);
    else if (following !== 'fine') this.#end(following, call);
  }

  /** The same from the start, in another way. */
  #again(by: 'zones' | 'frontier', nullIsZero: boolean): void {
    if (this.#kept === undefined) {
      this.#end('unfit', undefined);
      return;
    }
    this.#by = by;
    this.#nullIsZero = nullIsZero;
    const initial = this.#value(this.#initial);
    this.#online = by === 'zones' ? new OnlineZones(initial) : new OnlineFrontier(initial);
    this.#open.clear();
    const called = new Set<Call>();
    for (const call of this.#kept) {
      if (this.state !== 'fine' || this.#by !== by) return;
      if (called.has(call)) this.#returned(call);
      else this.#called(call);
      called.add(call);
    }
  }

  #end(following: Following, culprit: Call | undefined): void {
    const open = this.#null && this.#zero && !this.#nullIsZero;
    this.state = open ? 'unfit' : following;
    if (this.state === 'violated') this.culprit = culprit;
    this.#kept = undefined;
    this.#open.clear();
    this.#online = NOTHING;
  }
}

/** What is not followed any more. */
const NOTHING: Online & { readonly size: number } = {
  size: 0,
  called: () => 'fine',
  returned: () => 'fine',
};
