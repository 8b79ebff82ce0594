import { describe, expect, test } from 'vitest';
import { type View, firstView } from '../membership.ts';
import { nextView } from '../next-view.ts';
import { ref } from './lone-node.case.ts';
import { viewFault } from './sanity.ts';

const none: View = { epoch: 0, full: [], shadow: [], gen: {}, maxInc: {} };
const one = firstView([0, 1, 2]);
/** n3 restarted and copies. */
const two = nextView(one, [ref(0), ref(1)], [ref(2, 2)]);

describe('rule 3 of §6.5 accepts', () => {
  test.each([
    ['the first view', none, one],
    ['a removal', one, nextView(one, [ref(0), ref(1)])],
    ['a replacement in one view', one, two],
    ['a promotion', two, nextView(two, [ref(0), ref(1), ref(2, 2)])],
    ['a shadow that goes', two, nextView(two, [ref(0), ref(1)])],
    [
      'removal, promotion and join at once',
      two,
      nextView(two, [ref(1), ref(2, 2)], [ref(0, 5), ref(3)]),
    ],
  ])('%s', (_, before, view) => {
    expect(viewFault(before, view)).toBeUndefined();
  });
});

describe('and refuses', () => {
  const good = nextView(one, [ref(0), ref(1)]);
  test.each<[string, View, View, RegExp]>([
    ['a skipped epoch', one, { ...good, epoch: 3 }, /next epoch/],
    ['an empty view', one, nextView(one, []), /no full member$/],
    ['nobody who has the data (N16)', two, nextView(two, [ref(2, 2)]), /lost/],
    ['a full member that never copied (N14)', one, nextView(one, [ref(0), ref(3)]), /shadow/],
    ['a full member that becomes a shadow', one, nextView(one, [ref(0)], [ref(1)]), /back/],
    [
      'two refs of one id',
      two,
      { ...nextView(two, [ref(0)], [ref(2, 2)]), full: [ref(0), ref(0, 2)] },
      /two members of one id/,
    ],
    ['a ref that was in a view (N9)', good, nextView(good, [ref(0)], [ref(2)]), /before under/],
    [
      'a generation that changed',
      one,
      { ...good, gen: { ...good.gen, 0: 2 } },
      /generation of n1 changed/,
    ],
    [
      'a joiner with an old generation',
      one,
      { ...nextView(one, [ref(0)], [ref(1, 2)]), gen: { 0: 1, 1: 1 } },
      /generation of n2/,
    ],
    ['a highest incarnation that fell', one, { ...good, maxInc: { 0: 1, 1: 1 } }, /of n3 is wrong/],
    [
      'one that was made up',
      one,
      { ...good, maxInc: { ...good.maxInc, 1: 9 } },
      /incarnation of n2 is wrong/,
    ],
  ])('%s', (_, before, view, fault) => {
    expect(viewFault(before, view)).toMatch(fault);
  });
});
