/**
 * A whole page: one file that opens from disk and asks the network for nothing. Its policy allows the one
 * script that it brings and nothing else, whatever stood in a history.
 */
import { createHash } from 'node:crypto';
import { type Html, html, trusted } from './html.ts';
import { PAGE_SCRIPT } from './page-script.ts';
import { PAGE_STYLE } from './page-style.ts';

const DIGEST = createHash('sha256').update(PAGE_SCRIPT).digest('base64');
const POLICY = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${DIGEST}'; img-src data:; base-uri 'none'; form-action 'none'`;

/** The text of an HTML file. */
export function page(title: string, body: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="generator" content="hermes" />
        <title>${title}</title>
        ${STYLE}
      </head>
      <body>
        <main>${body}</main>
        ${SCRIPT}
      </body>
    </html> `.text;
}

/** Byte for byte what the policy names. */
const SCRIPT = trusted(`<script>${PAGE_SCRIPT}</script>`);
const STYLE = trusted(`<style>${PAGE_STYLE}</style>`);
