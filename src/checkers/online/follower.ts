/**
 * What is checked while a history is recorded: everything that its header asks for and that can be wrong
 * for good before the end, in memory that grows with what is open, with what has no known outcome and
 * with what the keys hold, not with the history.
 *
 * It finds violations, it does not say `valid`: that, and what is left, is for the check of the whole,
 * which also explains what is found here. What it calls a violation is one of every history that begins
 * like this.
 */
import { plural } from '../../base/figures.ts';
import type { HistoryEvent, HistoryHeader } from '../../history/event.ts';
import { isTxnKind } from '../../history/packed/txns.ts';
import { USUAL_CHECKS, checksOf } from '../check-names.ts';
import { isModelName, kindOfModel } from '../models/models.ts';
import { FollowKeys } from './follow-keys.ts';
import { FollowProperty, isWatched } from './follow-properties.ts';
import { FollowTransactions } from './follow-transactions.ts';
import type { FoundViolation, Follows, Left } from './follows.ts';

export interface FollowProgress {
  /** Events that were judged, and those that wait for an operation that is still open. */
  readonly judged: number;
  readonly waiting: number;
  /** Keys that are followed, and those that are left to the check of the whole. */
  readonly keys: number;
  readonly left: number;
}

export class Follower {
  #checks: readonly Follows[];
  /** Checks of which nothing is known before the end, and those that were given up. */
  readonly #late: Left[] = [];
  #events = 0;

  /** Follows what the header asks for. */
  constructor(header: HistoryHeader = { hermes: 1 }) {
    const wanted: readonly string[] = checksOf(header) ?? USUAL_CHECKS;
    this.#checks = wanted.flatMap((check) => {
      const found = followed(check, header);
      if (typeof found === 'string') this.#late.push({ what: check, why: found });
      return found === undefined || typeof found === 'string' ? [] : [found];
    });
  }

  /** The next event of a client. What makes no history is passed over. */
  take(event: HistoryEvent): void {
    this.#events++;
    this.#each((check) => check.take(event));
  }

  /** No more will come. */
  finish(): void {
    this.#each((check) => check.finish());
  }

  /** Total: a check that breaks on what is no such history is left to the end. */
  #each(step: (check: Follows) => void): void {
    for (const check of this.#checks)
      try {
        step(check);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        this.#late.push({ what: 'a check', why });
        this.#checks = this.#checks.filter((other) => other !== check);
      }
  }

  /** The first that was found. */
  get violation(): FoundViolation | undefined {
    for (const { violation } of this.#checks) if (violation !== undefined) return violation;
    return undefined;
  }

  /** Is there nothing that it follows? */
  get idle(): boolean {
    return this.#checks.length === 0;
  }

  /** What is left to the check of the whole so far, in words: which checks, how many keys, and why. */
  get left(): readonly string[] {
    const by = new Map<string, { keys: number; readonly names: string[] }>();
    for (const { what, why } of [...this.#checks.flatMap(({ left }) => left), ...this.#late]) {
      const of = by.get(why) ?? { keys: 0, names: [] };
      by.set(why, of);
      if (what === 'key') of.keys++;
      else of.names.push(what);
    }
    return [...by].map(([why, { keys, names }]) => {
      const counted = keys === 0 ? [] : [plural(keys, 'key')];
      return `${[...counted, ...names].join(', ')}: ${why}`;
    });
  }

  get progress(): FollowProgress {
    const waiting = Math.max(0, ...this.#checks.map((check) => check.waiting));
    const keys = Math.max(0, ...this.#checks.map((check) => check.keys));
    const left = this.#checks
      .flatMap((check) => check.left)
      .filter(({ what }) => what === 'key').length;
    return { judged: this.#events - waiting, waiting, keys: keys - left, left };
  }

  /** What is remembered, in values, configurations and events. */
  get size(): number {
    return this.#checks.reduce((size, check) => size + check.size, 0);
  }
}

/** The check that goes along; why it cannot; undefined: it has nothing to do with such histories. */
function followed(check: string, header: HistoryHeader): Follows | string | undefined {
  const { model, initial = null } = header;
  const txns = isTxnKind(model);
  if (check === 'elle') return txns ? new FollowTransactions(model) : undefined;
  if (isWatched(check)) return new FollowProperty(check, header);
  if (check === 'divergent') return undefined;
  if (check !== 'linearizable') return 'only the whole history tells';
  if (txns) return undefined;
  if (model === undefined) return new FollowKeys('register', initial);
  return isModelName(model)
    ? new FollowKeys(kindOfModel(model), initial)
    : `there is no model "${model}"`;
}
