import { expect, test } from 'vitest';
import { html, trusted } from './html.ts';

test('values become text, in elements and attributes alike; HTML stays what it is', () => {
  const hostile = `</script><img src=x onerror="alert('1')">&`;
  const made = html`<td title="${hostile}">${hostile}</td>`.text;
  expect(made.match(/[<>]/g)).toHaveLength(4);
  expect(made.match(/"/g)).toHaveLength(2);
  expect(html`<p>${html`<b>${'<'}</b>`}${trusted('<i></i>')}</p>`.text).toBe(
    '<p><b>&lt;</b><i></i></p>',
  );
  expect(html`${[1, ['a', undefined, false], html`<br />`]}`.text).toBe('1a<br />');
});
