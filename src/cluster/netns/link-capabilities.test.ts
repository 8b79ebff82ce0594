import { expect, test } from 'vitest';
import { linkCapabilities } from './link-capabilities.ts';

const NO = 'the kernel has no sch_netem';
const DIRECT = 'the links run without the link proxy';
const all = { netem: true, rate: true, copies: true } as const;

test('a kernel that has everything needs no proxy', () => {
  expect(linkCapabilities(all, DIRECT)).toEqual({ link: true });
});

test('without netem the proxy delays, and a rule repeats', () => {
  expect(linkCapabilities({ ...all, netem: NO }, true)).toEqual({
    link: true,
    'link:reorder': `${NO}; delays go through the link proxy`,
    'link:corrupt': `${NO}; delays go through the link proxy`,
  });
});

test('what nobody can do is said shape by shape', () => {
  expect(linkCapabilities({ ...all, netem: NO }, DIRECT)).toEqual({
    link: true,
    'link:delay': `${NO}, and ${DIRECT}`,
    'link:reorder': NO,
    'link:corrupt': NO,
  });
});

test('where nothing can be done at all, the kind cannot', () => {
  const none = linkCapabilities({ netem: NO, rate: 'no tbf', copies: 'no tee' }, DIRECT);
  expect(none.link).toBe(`${NO}, and ${DIRECT}`);
  expect(none['link:rate']).toBe(`no tbf, and ${DIRECT}`);
  expect(none['link:duplicate']).toBe(NO);
});
