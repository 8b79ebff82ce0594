/**
 * Is every key linearizable? Splits the history, lets the cheapest algorithm judge each key, proves
 * what it says: a pass by a linearization that is walked again, and by planted violations that are
 * found; a failure by a few operations that a second checker confirms.
 */
import { capital } from '../base/figures.ts';
import type { Value } from '../base/operation.ts';
import type { History, HistoryEvent } from '../history/event.ts';
import { type Call, type KeyCalls, callsByKey, opOf, pairCalls } from './calls.ts';
import type { Model } from './checker.ts';
import { anomalyOf } from './linearizability/evidence.ts';
import {
  type Algorithm,
  type JudgedBy,
  type KeyAnswer,
  type KeyQuestion,
  judgeKey,
} from './linearizability/judge-key.ts';
import { bruteForce } from './linearizability/brute-force.ts';
import { measurePower } from './linearizability/power.ts';
import { type Undecided, gaveUp, keyName, unknownBy } from './undecided.ts';
import { verifyLinearization } from './linearizability/verify.ts';
import type { Reached } from './linearizability/wgl.ts';
import {
  type ModelName,
  type ObjectKind,
  builtInModel,
  isModelName,
  objectKind,
  observes,
} from './models/models.ts';
import { guarded } from './own-code.ts';
import { type Reading, understood } from './reading.ts';
import type { Anomaly, Invalid, Judged, Limits, UnknownReason, Verdict } from './verdict.ts';

export interface LinearizableRequest extends Reading {
  /** A built-in model's name, or a model. Default: the header's; else by the operations of each key. */
  readonly model?: string | Model | undefined;
  /** Initial value of every key. Default: the header's; else absent. */
  readonly initial?: Value | undefined;
  readonly algorithm?: Algorithm | undefined;
  /** Counted per key. */
  readonly limits?: Limits | undefined;
  /** Let the brute force judge again each key that is small enough. */
  readonly verify?: boolean | undefined;
  /** Only verdicts: no linearizations, no planted violations, no shrinking of what is invalid. */
  readonly verdictOnly?: boolean | undefined;
  /** Told after each key, and now and then while a key is searched. */
  readonly onProgress?: ((progress: CheckProgress) => void) | undefined;
}

/** Part of the reads that may say nothing before a pass says little. */
const SILENT_MAX = 0.01;

/** Keys of more operations than this are not put to the brute force. */
const VERIFY_MAX = 12;

/** How far a check has come. */
export interface CheckProgress {
  /** Keys that are done, of so many. */
  readonly done: number;
  readonly of: number;
  /** The key at which a search is; absent: between keys. */
  readonly key?: number | string | undefined;
  /** Event of the operation whose end nothing has passed yet, and how many are open there. */
  readonly event?: number;
  readonly width?: number;
  /** Something is wrong, whatever is still to come: the verdict as it stands. */
  readonly found?: Invalid;
}

/** Judges all keys. Total for what a reader lets through; throws what a user's model throws. */
export function judgeLinearizable(history: History, request: LinearizableRequest = {}): Verdict {
  const judge = new Judge(history, request);
  judge.judgeAll();
  return judge.verdict();
}

class Judge {
  readonly #request: LinearizableRequest;
  readonly #initial: Value;
  readonly #model: ModelName | Model<unknown> | undefined;
  readonly #unknownModel: string | undefined;
  readonly #parts: readonly KeyCalls[];
  readonly #by = new Map<JudgedBy, number>();
  readonly #anomalies: Anomaly[] = [];
  readonly #undecided: Undecided[] = [];
  readonly #orders = new Map<number | string, readonly number[]>();
  readonly #passed: KeyAnswer[] = [];
  #operations = 0;
  #widest = 0;
  #reads = 0;
  #silent = 0;
  #observed = false;

  constructor(history: History, request: LinearizableRequest) {
    const model = request.model ?? history.header.model;
    this.#request = request;
    this.#initial = request.initial ?? history.header.initial ?? null;
    this.#unknownModel = typeof model === 'string' && !isModelName(model) ? model : undefined;
    this.#model =
      typeof model === 'object'
        ? guarded(model)
        : model !== undefined && isModelName(model)
          ? model
          : undefined;
    this.#parts =
      typeof this.#model === 'object'
        ? partsOf(history.events, this.#model)
        : callsByKey(history.events);
  }

  judgeAll(): void {
    for (const [i, { key, calls }] of this.#parts.entries()) {
      this.#operations += calls.length;
      const wrong = this.#anomalies.length;
      this.#judge(key, calls, i);
      const found = this.#anomalies.length > wrong ? this.#invalid() : undefined;
      this.#request.onProgress?.({ done: i + 1, of: this.#parts.length, ...(found && { found }) });
    }
  }

  verdict(): Verdict {
    if (this.#anomalies.length > 0) return this.#invalid();
    const judged = this.#judged();
    const undecided = this.#undecided[0] ?? this.#vacuous();
    if (undecided !== undefined)
      return unknownBy(undecided, judged, this.#parts.length - this.#undecided.length);
    if (this.#request.verdictOnly === true)
      return { valid: true, ...judged, ...(this.#tooSilent() && { weak: true }) };
    const power = measurePower(this.#passed);
    if (power.found < power.planted)
      return {
        valid: 'unknown',
        ...judged,
        reason: 'crashed-check',
        why: `Of ${power.planted} violations planted into copies of the history the checker found only ${power.found}: its verdict is worth nothing. This is a bug in the checker.`,
      };
    const weak = this.#tooSilent() || (power.planted === 0 && typeof this.#model !== 'object');
    return {
      valid: true,
      ...judged,
      linearization: this.#orders,
      ...(power.planted > 0 && { power: { planted: power.planted, found: power.found } }),
      ...(weak && { weak }),
    };
  }

  #judged(): Judged {
    return {
      checker: this.#checker(),
      operations: this.#operations,
      keys: this.#parts.length,
    };
  }

  #invalid(): Invalid {
    return { valid: false, ...this.#judged(), anomalies: this.#anomalies };
  }

  #judge(key: number | string | undefined, recorded: readonly Call[], done: number): void {
    const { calls, silent } = understood(recorded, this.#request);
    this.#silent += silent;
    if (this.#request.nilRead === 'any')
      for (const { invoke, end } of recorded)
        if (invoke.f === 'read' && end?.type === 'ok') this.#reads++;
    const question = this.#question(key, calls, done);
    if (typeof question === 'string') {
      this.#unknown(key, 'not-applicable', question);
      return;
    }
    this.#observed ||= calls.some(observes);
    const judged = judgeKey(question);
    this.#by.set(judged.by, (this.#by.get(judged.by) ?? 0) + 1);
    this.#widest = Math.max(this.#widest, judged.widest ?? 0);
    const { answer } = judged;
    switch (answer.type) {
      case 'invalid':
        if (this.#bruteForceAgrees(key, question, false))
          this.#anomalies.push(anomalyOf(key, question, judged, answer.conflict));
        return;
      case 'not-applicable':
        this.#unknown(
          key,
          'not-applicable',
          `${keyName(key)} cannot be judged by zones: ${answer.why}.`,
        );
        return;
      case 'undecided':
        this.#undecided.push(gaveUp(key, (calls[answer.at] as Call).invoke, answer));
        return;
      case 'valid':
        this.#accept(key, question, judged, answer.order);
    }
  }

  #accept(
    key: number | string | undefined,
    question: KeyQuestion,
    judged: KeyAnswer,
    order: ArrayLike<number>,
  ): void {
    const { calls, model } = question;
    if (question.verdictOnly === true) {
      this.#bruteForceAgrees(key, question, true);
      return;
    }
    const wrong = verifyLinearization(calls, order, model);
    if (wrong !== undefined) {
      this.#unknown(
        key,
        'crashed-check',
        `The linearization of ${keyName(key)} does not hold: ${wrong}. This is a bug in the checker.`,
      );
      return;
    }
    this.#orders.set(
      key ?? '',
      Array.from(order, (row) => (calls[row] as Call).invoke.index),
    );
    this.#passed.push(judged);
    this.#bruteForceAgrees(key, question, true);
  }

  /** `--verify`: the brute force, where it can, must say the same; otherwise nothing is decided. */
  #bruteForceAgrees(
    key: number | string | undefined,
    { calls, model }: KeyQuestion,
    valid: boolean,
  ): boolean {
    if (this.#request.verify !== true || calls.length > VERIFY_MAX) return true;
    if (bruteForce(calls, model) === valid) return true;
    const why = `Brute force disagrees about ${keyName(key)}. This is a bug in the checker.`;
    this.#unknown(key, 'crashed-check', why);
    return false;
  }

  /** What is to be judged of a key; a sentence says why there is no model for it. */
  #question(
    key: number | string | undefined,
    calls: readonly Call[],
    done: number,
  ): KeyQuestion | string {
    const { algorithm = 'auto', limits = {}, onProgress, verdictOnly } = this.#request;
    const onReached =
      onProgress &&
      (({ at, width }: Reached): void => {
        const event = (calls[at] as Call).invoke.index;
        onProgress({ done, of: this.#parts.length, key, event, width });
      });
    const common = { calls, initial: this.#initial, algorithm, limits, onReached, verdictOnly };
    const given = this.#model;
    if (typeof given === 'object') return { ...common, kind: undefined, model: given };
    if (this.#unknownModel !== undefined) return `There is no model "${this.#unknownModel}".`;
    const found = objectKind(calls, given);
    if ('unfit' in found) return `${capital(found.unfit)}.`;
    const kind: ObjectKind = found.kind;
    return { ...common, kind, model: builtInModel(kind, calls, this.#initial) };
  }

  #unknown(
    key: number | string | undefined,
    reason: UnknownReason,
    why: string,
    detail: Readonly<Record<string, Value>> = {},
  ): void {
    this.#undecided.push({ key, reason, why, detail });
  }

  #vacuous(): Undecided | undefined {
    if (this.#observed || (typeof this.#model === 'object' && this.#operations > 0))
      return undefined;
    const why =
      this.#operations === 0
        ? 'The history holds no operation.'
        : `No operation (of ${this.#operations}) told what it saw, so nothing could have been wrong.`;
    return { key: undefined, reason: 'nothing-to-check', why, detail: {} };
  }

  /** Too many reads were taken to say nothing. */
  #tooSilent(): boolean {
    return this.#silent > SILENT_MAX * this.#reads;
  }

  #checker(): string {
    const each = [...this.#by].map(([by, n]) => {
      const keys = `${by} ${n} ${n === 1 ? 'key' : 'keys'}`;
      return by === 'frontier' ? `${keys}, widest ${this.#widest}` : keys;
    });
    return each.length === 0 ? 'linearizable' : each.join('; ');
  }
}

/** Parts of a user's model: what it says for every operation, or the whole history. */
function partsOf(events: readonly HistoryEvent[], model: Model<unknown>): KeyCalls[] {
  const part = (invoke: HistoryEvent): string | undefined =>
    model.partition?.(opOf({ invoke, end: undefined, call: 0, ret: 0 }));
  const whole = events.some((e) => e.type === 'invoke' && part(e) === undefined);
  return pairCalls(events, whole ? () => undefined : part);
}
