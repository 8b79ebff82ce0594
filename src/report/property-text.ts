/** Properties (`set`, `counter`, `stats`, …) in a verdict as people read it: what each counted. */
import { count, plural } from '../base/figures.ts';
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

/** `lost 3`, `stable ms max 12.5`, each by itself. */
export function figureTexts(figures: PropertyResult['figures']): string[] {
  return Object.entries(figures).map(([what, n]) => `${words(what)} ${figure(n)}`);
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

/** `stableMsMax` → `stable ms max`. */
function words(name: string): string {
  return name.replaceAll(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`);
}

function figure(n: number): string {
  return Number.isInteger(n) ? count(n) : String(n);
}
