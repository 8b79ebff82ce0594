/**
 * HTML as a type of its own: whatever is put into a template is escaped unless it is HTML already, so
 * that no value of a history can become an element, an attribute or a script.
 */
import { xmlText } from '../../base/xml-text.ts';

/** Text that is HTML. Only `html` and `trusted` make it. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a template takes; undefined and false stand for nothing. */
export type Part = Html | string | number | undefined | false | readonly Part[];

/** A template; attributes must be quoted. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.map((s, i) => (i === 0 ? s : `${textOf(parts[i - 1])}${s}`)).join(''));
}

/** Markup made by this program: drawings, style, script. */
export function trusted(text: string): Html {
  return new Html(text);
}

function textOf(part: Part): string {
  if (part === undefined || part === false) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'string' || typeof part === 'number') return xmlText(String(part));
  return part.map(textOf).join('');
}
