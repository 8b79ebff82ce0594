/** What the signs of a drawing mean: small drawings of our own, each beside its words. Pure. */
import { type Html, html, trusted } from './html.ts';

/** A drawing of 26 × 12 units, and what it stands for. */
export type Sign = readonly [drawing: string, meaning: string];

export function keyOf(signs: readonly Sign[]): Html {
  return html`<ul class="key">
    ${signs.map(([drawing, text]) => html`<li>${trusted(`<svg viewBox="0 0 26 12" aria-hidden="true">${drawing}</svg>`)}${text}</li>`)}
  </ul>`;
}
