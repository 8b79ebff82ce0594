/**
 * The verdict of a property: its anomalies, each verified again; a pass only where something was
 * observed and planted violations are found.
 */
import type { History } from '../../history/event.ts';
import { pairCalls } from '../calls.ts';
import type { Anomaly, Judged, Verdict } from '../verdict.ts';
import type { Calls, Property } from './property.ts';

/** Anomalies that are verified and reported; the figures count them all. */
const REPORTED_MAX = 20;

/** Judges it. Total for what a reader lets through; throws `MalformedHistory`. */
export function judgeProperty(
  history: History,
  property: Property,
  { verdictOnly = false }: { readonly verdictOnly?: boolean | undefined } = {},
): Verdict {
  const calls = callsOf(history);
  const found = property.judge(calls);
  const { name } = property;
  const judged = (valid: Verdict['valid']): Judged => ({
    checker: `${name} ${found.keys} ${found.keys === 1 ? 'key' : 'keys'}`,
    operations: calls.all.length,
    keys: found.keys,
    properties: [{ name, valid, demands: property.demands, figures: found.figures }],
    onlyProperties: true,
  });
  const unknown = (reason: 'not-applicable' | 'nothing-to-check' | 'crashed-check', why: string) =>
    ({ ...judged('unknown'), valid: 'unknown', reason, why: `${name}: ${why}` }) as const;
  if (found.anomalies.length > 0) {
    const anomalies = found.anomalies.slice(0, REPORTED_MAX);
    const wrong = firstWrong(property, calls, anomalies);
    if (wrong !== undefined)
      return unknown(
        'crashed-check',
        `the evidence does not hold: ${wrong}. This is a bug in the checker.`,
      );
    return { ...judged(false), valid: false, anomalies };
  }
  if (found.unfit !== undefined) return unknown('not-applicable', found.unfit);
  if (found.observed === 0)
    return unknown(
      'nothing-to-check',
      `nothing was observed that could have been wrong. ${property.wants}`,
    );
  if (property.plants === undefined || verdictOnly) return { ...judged(true), valid: true };
  const planted = property.plants(calls);
  const seen = planted.filter((copy) => property.judge(copy).anomalies.length > 0).length;
  if (seen < planted.length)
    return unknown(
      'crashed-check',
      `of ${planted.length} planted violations only ${seen} were found. This is a bug in the checker.`,
    );
  return {
    ...judged(true),
    valid: true,
    ...(planted.length > 0 ? { power: { planted: planted.length, found: seen } } : { weak: true }),
  };
}

/** The history as properties see it. Throws `MalformedHistory`. */
export function callsOf({ header, events }: History): Calls {
  return { header, all: pairCalls(events, () => undefined)[0]?.calls ?? [] };
}

function firstWrong(
  property: Property,
  calls: Calls,
  anomalies: readonly Anomaly[],
): string | undefined {
  for (const anomaly of anomalies) {
    const wrong =
      property.verify === undefined ? 'nothing verifies it' : property.verify(calls, anomaly);
    if (wrong !== undefined) return `${anomaly.type}: ${wrong}`;
  }
  return undefined;
}
