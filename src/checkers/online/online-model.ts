/** Any sequential model, followed by the search. */
import { type Call, NEVER, isCertain, isUnknown } from '../calls.ts';
import type { Model } from '../checker.ts';
import { ModelVocabulary } from './model-vocabulary.ts';
import type { Following, Online } from './online.ts';
import { OnlineFrontier } from './online-frontier.ts';
import type { Followed } from './register-calls.ts';

export class OnlineModel implements Online {
  readonly #frontier: OnlineFrontier<Call>;
  readonly #open = new Map<Call, Followed<Call>>();

  /** Throws what the model throws, here and later. */
  constructor(model: Model<unknown>) {
    this.#frontier = new OnlineFrontier(new ModelVocabulary(model), model.init);
  }

  get size(): number {
    return this.#frontier.size + this.#open.size;
  }

  rest(): void {
    this.#frontier.rest();
  }

  called(call: Call): Following {
    // Without effect, or without anybody who knows of one.
    if (!isCertain(call) && !isUnknown(call)) return 'fine';
    const followed = { op: call, call: call.call, ret: call.ret };
    if (call.ret !== NEVER) this.#open.set(call, followed);
    return this.#frontier.called(followed);
  }

  returned(call: Call): Following {
    const followed = this.#open.get(call);
    if (followed === undefined) return 'fine';
    this.#open.delete(call);
    return this.#frontier.returned(followed);
  }
}
