import { describe, expect, test } from 'vitest';
import { nemesisText, parseNemesis } from './nemesis.ts';
import { SHAPES } from './shapes.ts';

const text = (...words: string[]): string => nemesisText(parseNemesis(words));

describe('the grammar of --nemesis', () => {
  test('kinds, shapes, brackets; the order of words decides nothing', () => {
    expect(text('partition:[one-way,bridge],messages:lose,pause')).toBe(
      'partition:[bridge,one-way],pause,messages:lose',
    );
    expect(text('pause , messages:lose, partition:[ bridge , one-way ]')).toBe(
      text('partition:[one-way,bridge],messages:lose,pause'),
    );
    expect(text('partition:halves', 'partition:one')).toBe('partition:[halves,one]');
    expect(text('partition:halves', 'partition')).toBe('partition');
  });

  test('a kind alone means all of its shapes', () => {
    expect(parseNemesis(['messages'])).toEqual([
      { kind: 'messages', shapes: Object.keys(SHAPES.messages), shapesNamed: false, asked: true },
    ]);
  });

  test('none, all, and what Jepsen calls packet', () => {
    expect(parseNemesis(['none'])).toEqual([]);
    expect(parseNemesis(['all']).every((choice) => !choice.asked)).toBe(true);
    const mixed = parseNemesis(['all,partition:one']);
    expect(mixed.filter((choice) => choice.asked)).toMatchObject([
      { kind: 'partition', shapes: ['one'] },
    ]);
    expect(mixed.length).toBe(parseNemesis(['all']).length);
    expect(text('packet')).toBe('loss');
    expect(text('clock')).toBe('clock');
  });

  test.each([
    ['partitions', /does not know "partitions".*/],
    ['partition:moon', /no shape "moon"/],
    ['partition:[one,', /bracket/],
    ['none,pause', /stands alone/],
    ['partition:halves:one', /does not know/],
  ])('%s is refused', (words, message) => {
    expect(() => parseNemesis([words])).toThrow(message);
  });
});
