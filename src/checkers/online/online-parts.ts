/** An object that is one of many small ones, each followed by itself: a set as its elements. */
import type { Call } from '../calls.ts';
import type { Following, Online } from './online.ts';
import { plainValue, type Plain } from './online.ts';

export class OnlineParts implements Online {
  readonly #make: () => Online;
  readonly #whole: ReadonlySet<string>;
  readonly #parts = new Map<Plain, Online>();

  /** The part is the operation's value. `whole`: operations that look at all parts, and cannot be followed. */
  constructor(make: () => Online, whole: readonly string[]) {
    this.#make = make;
    this.#whole = new Set(whole);
  }

  get size(): number {
    let size = 0;
    for (const part of this.#parts.values()) size += part.size;
    return size;
  }

  rest(): void {
    for (const part of this.#parts.values()) part.rest?.();
  }

  called(call: Call): Following {
    const { f, value } = call.invoke;
    if (this.#whole.has(f)) return { unfit: `"${f}" looks at all elements at once` };
    const name = plainValue(value);
    let part = this.#parts.get(name);
    if (part === undefined) this.#parts.set(name, (part = this.#make()));
    return part.called(call);
  }

  returned(call: Call): Following {
    return this.#parts.get(plainValue(call.invoke.value))?.returned(call) ?? 'fine';
  }
}
