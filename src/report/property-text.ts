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

/** `lost 3`, `stable max 12.5 ms`, `ok 66.7 %`, each by itself. */
export function figureTexts(figures: PropertyResult['figures']): string[] {
  return Object.entries(figures).map(([what, n]) => {
    const name = words(what.replace(/Percent$|Ms(?=[A-Z]|$)/, ''));
    if (what.endsWith('Percent')) return `${name} ${n} %`;
    const time = /Ms(?:[A-Z]|$)/.test(what);
    return `${name} ${time ? duration(n) : Number.isInteger(n) ? count(n) : String(n)}`;
  });
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
