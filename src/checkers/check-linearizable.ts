/** The check of linearizability as a user's test calls it. */
import type { Value } from '../base/operation.ts';
import type { History } from '../history/event.ts';
import { checkHistory } from './check.ts';
import type { Model } from './checker.ts';
import type { ModelName } from './models/models.ts';
import type { Reading } from './reading.ts';
import type { Limits, Verdict } from './verdict.ts';

export interface CheckLinearizableOptions extends Limits, Reading {
  /** Initial value of every key; default: the history's, else absent. For built-in models. */
  readonly init?: Value;
}

/**
 * Judges a history by a built-in model (per key, with the fastest algorithm that applies) or by one of
 * your own (`partition` says what is independent). Total: a check that breaks is `unknown`.
 */
export function checkLinearizable(
  history: History,
  model: ModelName | Model,
  options: CheckLinearizableOptions = {},
): Verdict {
  const { init, nilRead, failedCas, ...limits } = options;
  return checkHistory(history, {
    checkers: ['linearizable'],
    model,
    initial: init,
    nilRead,
    failedCas,
    limits,
  });
}
