/** Numbers that came from flags. */
import { UserError } from '../base/user-error.ts';

/** The number if it is whole and in range. Throws a `UserError` that names the flag. */
export function whole(flag: string, x: number, low: number, high: number): number {
  if (Number.isInteger(x) && x >= low && x <= high) return x;
  throw new UserError(
    `${flag} ${x} is out of range.`,
    `A whole number from ${low} to ${high.toLocaleString('en-US')}.`,
  );
}

/** The number if it is above 0. Throws a `UserError` that names the flag. */
export function positive(flag: string, x: number): number {
  if (Number.isFinite(x) && x > 0) return x;
  throw new UserError(`${flag} ${x} is out of range.`, 'A number above 0.');
}
