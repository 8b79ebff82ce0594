/**
 * Text for a terminal of 80 columns: labelled lines, wrapping, numbers, marks. Colour is never the
 * only sign.
 */
import { styleText } from 'node:util';
import { wrap } from '../base/wrap.ts';

export const COLUMNS = 80;

/** A line of a summary: a label, and what is said under it. */
export type Line = readonly [label: string, text: string];

/** Should this stream be coloured: a terminal, and neither `NO_COLOR` nor `TERM=dumb`. */
export function wantsColor(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  return stream.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}

/** Paints, or leaves alone. */
export function painter(color: boolean): (style: Style, text: string) => string {
  return color
    ? (style, text) => styleText(style, text, { validateStream: false })
    : (_, text) => text;
}

export type Style = 'green' | 'red' | 'yellow' | 'dim' | 'bold';

/** `  label        text`, the text wrapped under itself. */
export function labelled([label, text]: Line): string[] {
  const first = `  ${label}`.padEnd(INDENT - 1);
  return wrap(text, COLUMNS - INDENT).map((line, i) =>
    `${i === 0 ? `${first} ` : ' '.repeat(INDENT)}${line}`.trimEnd(),
  );
}

const INDENT = 15;

/** Text cut to that many columns. */
export function cut(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, columns - 1)}…`;
}
