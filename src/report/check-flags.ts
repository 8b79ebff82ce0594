/** What people type at `hermes check`, as values. */
import type { Value } from '../base/operation.ts';
import { nearest } from '../base/nearest.ts';
import { UserError } from '../base/user-error.ts';
import { wrap } from '../base/wrap.ts';
import { CHECKER_NAMES } from '../checkers/check-names.ts';
import { MODEL_NAMES as CONSISTENCY_MODELS, refusal } from '../checkers/elle/models.ts';
import type { KeyAssumption } from '../checkers/elle/version-order.ts';
import type { Algorithm } from '../checkers/linearizability/judge-key.ts';
import { MEMORY_MB } from '../run/check-in-worker.ts';
import { patternsOf } from '../run/node-logs.ts';
import { isPath } from '../run/user-modules.ts';
import { isValue } from '../history/history-parser.ts';
import { COLUMNS } from './text.ts';

/** An algorithm by our name or by Knossos'. */
export function algorithmNamed(name: Algorithm | 'linear' | 'competition'): Algorithm {
  if (name === 'linear') return 'frontier';
  return name === 'competition' ? 'auto' : name;
}

/** `8g`, `512m`, or megabytes; default a quarter of the machine. Throws a `UserError`. */
export function memoryMb(text: string | undefined): number {
  if (text === undefined) return MEMORY_MB;
  const [, digits, unit] = /^(\d+)([gm]?)b?$/i.exec(text) ?? [];
  const mb = Number(digits) * (unit?.toLowerCase() === 'g' ? 1024 : 1);
  if (mb >= 16) return mb;
  throw new UserError(
    `--memory ${text} is no amount of memory.`,
    'Write 512m or 8g; at least 16m.',
  );
}

/** A value as in a history; what is no JSON is a string. Throws a `UserError`. */
export function initialValue(text: string | undefined): Value | undefined {
  if (text === undefined) return undefined;
  let value: unknown = text;
  try {
    value = JSON.parse(text);
  } catch {
    // A bare word is a string.
  }
  if (isValue(value)) return value;
  throw new UserError(
    `--init ${text} is no value of a history.`,
    'Write a number, a string, null or a list of these.',
  );
}

/** Files among the checks asked for. */
export function checkerFiles(texts: readonly string[] = []): readonly string[] {
  return allNames(texts).filter(isPath);
}

function allNames(texts: readonly string[]): string[] {
  return texts.flatMap((text) => text.split(',')).filter((name) => name !== '');
}

/** Names of checks, separated by commas. Throws a `UserError` that lists them. */
export function checkerNames(texts: readonly string[] | undefined): readonly string[] | undefined {
  if (texts === undefined) return undefined;
  const names = allNames(texts).filter((name) => !isPath(name));
  const odd = names.find((name) => !CHECKER_NAMES.includes(name));
  if (odd === undefined) return names;
  throw new UserError(`there is no checker "${odd}".`, choice(odd, CHECKER_NAMES));
}

/** Regular expressions, as they stand. Throws a `UserError` for one that is none. */
export function logPatterns(texts: readonly string[] | undefined): readonly string[] | undefined {
  patternsOf(texts);
  return texts;
}

/** Names of consistency models, separated by commas. Throws a `UserError` for one without a rule. */
export function consistencyModels(
  texts: readonly string[] | undefined,
): readonly string[] | undefined {
  const names = texts?.flatMap((text) => text.split(',')).filter((name) => name !== '');
  if (names === undefined || names.length === 0) return undefined;
  const odd = names.find((name) => refusal(name) !== undefined);
  if (odd === undefined) return names;
  throw new UserError(refusal(odd) ?? '', choice(odd, CONSISTENCY_MODELS));
}

/** What was likely meant, and all that there is. */
function choice(typed: string, known: readonly string[]): string {
  const meant = nearest(typed, known);
  const all = wrap(`Choose from ${known.join(', ')}.`, COLUMNS - 2);
  return [...(meant === undefined ? [] : [`Did you mean ${meant}?`]), ...all].join('\n');
}

/** Flags of the same names; undefined: none was given. */
export function keyAssumptions(
  flags: Readonly<Record<KeyAssumption, boolean>>,
): readonly KeyAssumption[] | undefined {
  const names = ['wfr-keys', 'sequential-keys', 'linearizable-keys'] as const;
  const given = names.filter((name) => flags[name]);
  return given.length === 0 ? undefined : given;
}
