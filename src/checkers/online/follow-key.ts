/**
 * Follows the operations of one key by the first checker of its ladder that fits. What is recorded first
 * is kept for a while, so that the next one can begin where the first did.
 */
import type { Value } from '../../base/operation.ts';
import type { Call } from '../calls.ts';
import { CAS, type Unfit, isUnfit, registerOp } from '../columns.ts';
import { OPERATIONS, type ObjectKind } from '../models/models.ts';
import { ladderOf } from './ladders.ts';
import type { Following, Online } from './online.ts';
import type { SettledSink } from './settled-events.ts';

/** Events that are kept for a second choice. */
const KEPT_MAX = 128;

export class FollowKey implements SettledSink {
  readonly #kind: ObjectKind;
  readonly #initial: Value;
  /** Of a register: absent and 0 are one value, an `add` was seen. Until then both may have been. */
  #adds = false;
  #null = false;
  #zero = false;
  #rung = 0;
  #online: Online;
  /** Undefined: there is no second choice. */
  #kept: Call[] | undefined = [];
  /** Why it is left to the check of the whole. */
  left: string | undefined;
  /** The operation at whose call or return it became a violation. */
  culprit: Call | undefined;

  constructor(kind: ObjectKind, initial: Value) {
    this.#kind = kind;
    this.#initial = initial;
    this.#online = this.#make();
    this.#look(initial);
  }

  /** What is remembered of it, in values and configurations. */
  get size(): number {
    return this.#online.size + this.keeps;
  }

  /** Events that are kept for a second choice. */
  get keeps(): number {
    return this.#kept?.length ?? 0;
  }

  /** Is it followed no further: found to be wrong, or left? */
  get over(): boolean {
    return this.#online === NOTHING;
  }

  /** Gives up the second choice. */
  forget(): void {
    this.#kept = undefined;
  }

  /** Nothing may come for a while. */
  rest(): void {
    this.#online.rest?.();
  }

  called(call: Call): void {
    if (this.over) return;
    const { f } = call.invoke;
    if (!OPERATIONS[this.#kind].includes(f)) {
      this.#leave(`"${f}" is no operation of this object`);
      return;
    }
    this.#keep(call);
    this.#lookAt(call);
    if (this.#kind === 'register' && f === 'add' && !this.#adds) {
      this.#adds = true;
      this.#climb(0, 'absent is 0 from an add on, and it came too late to begin again');
    } else this.#take('called', call);
  }

  returned(call: Call): void {
    if (this.over) return;
    this.#keep(call);
    this.#take('returned', call);
  }

  #take(what: 'called' | 'returned', call: Call): void {
    const following = this.#ask(what, call);
    if (following === 'violated') this.#end(call);
    else if (following !== 'fine') this.#climb(this.#rung + 1, following.unfit);
  }

  /** Total: whatever values there are, and whatever a model says to them. */
  #ask(what: 'called' | 'returned', call: Call): Following {
    try {
      return this.#online[what](call);
    } catch (error) {
      return { unfit: error instanceof Error ? error.message : String(error) };
    }
  }

  /** The same from the start, by the checkers from this one on. */
  #climb(from: number, because: string): void {
    let why = because;
    for (this.#rung = from; this.#rung < this.#ladder.length; this.#rung++) {
      if (this.#kept === undefined) break;
      this.#online = this.#make();
      const unfit = this.#replay(this.#kept);
      if (unfit === undefined) return;
      why = unfit.unfit;
    }
    this.#leave(why);
  }

  #replay(kept: readonly Call[]): Unfit | undefined {
    const called = new Set<Call>();
    for (const call of kept) {
      const following = this.#ask(called.has(call) ? 'returned' : 'called', call);
      if (typeof following !== 'string') return following;
      if (following === 'violated') {
        this.#end(call);
        return undefined;
      }
      called.add(call);
    }
    return undefined;
  }

  get #ladder(): ReturnType<typeof ladderOf> {
    return ladderOf(this.#kind, this.#adds);
  }

  #make(): Online {
    return (this.#ladder[this.#rung] as (initial: Value) => Online)(this.#initial);
  }

  #keep(call: Call): void {
    if (this.#kept?.push(call) === KEPT_MAX) this.#kept = undefined;
  }

  #end(culprit: Call): void {
    // An add that comes later would make one value of the two.
    if (this.#null && this.#zero && !this.#adds && this.#kind === 'register') {
      this.#leave('both absent and 0 were seen, which an add would make one');
      return;
    }
    this.culprit = culprit;
    this.#online = NOTHING;
    this.#kept = undefined;
  }

  #leave(why: string): void {
    this.left = why;
    this.#online = NOTHING;
    this.#kept = undefined;
  }

  #lookAt(call: Call): void {
    if (this.#kind !== 'register' || this.#adds) return;
    const op = registerOp(call);
    if (op === undefined) return;
    // A deletion.
    if (isUnfit(op)) return this.#look(null);
    this.#look(op.a);
    if (op.f === CAS) this.#look(op.b);
  }

  #look(value: Value): void {
    this.#null ||= value === null;
    this.#zero ||= value === 0;
  }
}

/** What is not followed any more. */
const NOTHING: Online = { size: 0, called: () => 'fine', returned: () => 'fine' };
