/** Properties (`set`, `counter`, `stats`, …) in a verdict as people read it: what each counted. */
import { count, duration, plural } from '../base/figures.ts';
import type { PropertyResult } from '../checkers/verdict.ts';
import type { Line } from './text.ts';

/** A line for each property: its name and its numbers. */
export function propertyLines(properties: readonly PropertyResult[] = []): Line[] {
  return properties.map(({ name, valid, figures }) => {
    const numbers = figureTexts(figures);
    const sign = valid === true ? '✔' : valid === false ? '✘' : '?';
    return ['property', `${sign} ${name}${numbers.length === 0 ? '' : `: ${numbers.join(', ')}`}`];
  });
}

/** `lost 3`, `ok 66.7 %`, `stable p50 1 ms p99 12.5 ms`: each by itself, neighbours of one first word together. */
export function figureTexts(figures: PropertyResult['figures']): string[] {
  const texts: string[] = [];
  let last: string | undefined;
  for (const [what, n] of Object.entries(figures)) {
    const [first = '', ...rest] = words(what.replace(/Percent$|Ms(?=[A-Z]|$)/, '')).split(' ');
    const number = figureText(what, n);
    if (rest.length > 0 && first === last) texts.push(`${texts.pop()} ${rest.join(' ')} ${number}`);
    else texts.push([first, ...rest, number].join(' '));
    last = rest.length > 0 ? first : undefined;
  }
  return texts;
}

function figureText(what: string, n: number): string {
  if (what.endsWith('Percent')) return `${n} %`;
  if (/Ms(?:[A-Z]|$)/.test(what)) return duration(n);
  return Number.isInteger(n) ? count(n) : String(n);
}

/** What a pass says where nothing but properties was judged. */
export function propertiesPraise(
  properties: readonly PropertyResult[],
  operations: number,
  keys: number,
): string {
  const names = properties.map(({ name }) => name).join(', ');
  return `${plural(operations, 'operation')} on ${plural(keys, 'key')} have the ${properties.length === 1 ? 'property' : 'properties'} ${names}`;
}

/** `framesLost` → `frames lost`. */
export function words(name: string): string {
  return name.replaceAll(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`);
}
