/**
 * Models and checkers of the user's: whatever they do, the verdict is one. What throws, or answers with
 * something that cannot be an answer, makes it unknown; it never passes.
 */
import type { History } from '../history/event.ts';
import type { Checker, Model } from './checker.ts';
import type { Anomaly, Judged, Limits, Unknown, Verdict } from './verdict.ts';

/** Judges by a checker of the user's. Its name, and what it leaves out, is filled in. Total. */
export function judgeByOwn(checker: Checker, history: History, limits?: Limits): Verdict {
  const { name } = checker;
  const operations = history.events.filter(({ type }) => type === 'invoke').length;
  const keys = new Set(history.events.map(({ key }) => key)).size;
  const judged = (valid: Verdict['valid']): Judged => ({
    checker: name,
    operations,
    keys,
    properties: [{ name, valid, demands: 'what this checker of your own demands', figures: {} }],
    onlyProperties: true,
  });
  const broken = (why: string): Unknown => ({
    ...judged('unknown'),
    valid: 'unknown',
    reason: 'crashed-check',
    why: `The checker ${name} ${why}.`,
  });
  let answer: unknown;
  try {
    answer = checker.check(history, limits);
  } catch (error) {
    return broken(`failed: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (answer instanceof Promise) {
    answer.catch(() => {});
    return broken('answered with a promise: check() must not be async');
  }
  if (typeof answer !== 'object' || answer === null)
    return broken(`answered with ${String(answer)} instead of { valid: … }`);
  const { valid, anomalies, why } = answer as Readonly<Record<string, unknown>>;
  switch (valid) {
    case true:
      return { ...judged(true), valid };
    case false: {
      const found = Array.isArray(anomalies) ? anomalies.map((one) => anomalyOf(one, name)) : [];
      return {
        ...judged(false),
        valid,
        anomalies: found.length > 0 ? found : [anomalyOf(undefined, name)],
      };
    }
    case 'unknown': {
      const said = typeof why === 'string' ? why : 'It does not say why.';
      return { ...judged(valid), valid, reason: 'not-applicable', why: `${name}: ${said}` };
    }
    default:
      return broken(
        `answered with valid: ${JSON.stringify(valid)}; it must be true, false or "unknown"`,
      );
  }
}

/** What it says of an anomaly, as far as that can be one. */
function anomalyOf(said: unknown, name: string): Anomaly {
  const { type, why, operations, key, ...rest } = (said ?? {}) as Readonly<Record<string, unknown>>;
  const indices = Array.isArray(operations) ? operations.filter(Number.isSafeInteger) : [];
  return {
    ...(rest as Partial<Anomaly>),
    type: typeof type === 'string' ? type : name,
    why: typeof why === 'string' ? why : `The checker ${name} gives no reason.`,
    operations: indices as number[],
    ...((typeof key === 'number' || typeof key === 'string') && { key }),
  };
}

/** The same model, of which an answer that cannot be one is thrown as a `TypeError`. */
export function guarded<S>(model: Model<S>): Model<S> {
  const name = String(model.name);
  for (const part of ['step', 'key'] as const)
    if (typeof model[part] !== 'function')
      throw new TypeError(`the model ${name} has no function ${part}()`);
  return {
    ...model,
    // Methods may use `this`.
    ...(model.partition && { partition: (op) => model.partition?.(op) }),
    ...(model.traits && { traits: (op, result) => model.traits?.(op, result) ?? {} }),
    ...(model.viable && { viable: (s, op, result) => model.viable?.(s, op, result) ?? true }),
    step(s, op, result) {
      const after = model.step(s, op, result);
      if (after instanceof Promise) {
        after.catch(() => {});
        throw new TypeError(`step() of the model ${name} must not be async`);
      }
      return after;
    },
    key(s) {
      const key: unknown = model.key(s);
      if (typeof key === 'string' || (typeof key === 'number' && !Number.isNaN(key))) return key;
      throw new TypeError(
        `key() of the model ${name} answered with ${String(key)}: it must tell states apart by a string or a number`,
      );
    },
  };
}
