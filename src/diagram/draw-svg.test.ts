import { expect, test } from 'vitest';
import { drawSvg } from './draw-svg.ts';
import { CRASHED_WRITE } from './draw.case.ts';

const svg = drawSvg(CRASHED_WRITE, { title: 'a < b', notes: ['one\ntwo'] });

test('a whole document, with words for those who do not see it', () => {
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="0 0 \d+ \d+"/);
  expect(svg).toContain('<title id="title">a &lt; b</title>');
  expect(svg).toContain('9 messages between n1, n2, n3, 1 lost, 1 crash.');
  expect(svg).toContain('prefers-color-scheme:dark');
  const opened = [...svg.matchAll(/<([a-z]+)[^>]*?(\/?)>/g)];
  const closed = [...svg.matchAll(/<\/([a-z]+)>/g)];
  expect(opened.filter(([, , self]) => self === '').length).toBe(closed.length);
});

test('an arrow begins where its message left and ends below, where it arrived', () => {
  const arrows = [
    ...svg.matchAll(/class="arrow message arrived" x1="(\d+)" y1="(\d+)" x2="(\d+)" y2="(\d+)"/g),
  ];
  expect(arrows.length).toBe(7);
  for (const [, , y1, , y2] of arrows) expect(Number(y2)).toBeGreaterThan(Number(y1));
  // Both INVs leave at once.
  expect(arrows[0]?.[2]).toBe(arrows[1]?.[2]);
});

test('a replica that is down has a dotted line until it is back', () => {
  expect(svg.match(/class="life down"/g)?.length).toBe(1);
  expect(svg).toContain('class="cross"');
});
