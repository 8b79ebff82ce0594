/** Text as XML carries it, in elements and attributes alike. */

const NAMED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Control characters, which XML cannot carry, become spaces. */
export function xmlText(text: string): string {
  // eslint-disable-next-line no-control-regex -- exactly these are meant
  const plain = text.replaceAll(/[\u0000-\u0008\u000b-\u001f]/g, ' ');
  return plain.replaceAll(/[&<>"']/g, (c) => NAMED[c] ?? c);
}
