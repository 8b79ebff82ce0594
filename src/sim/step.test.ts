import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UserError } from '../base/user-error.ts';
import { formatStep, NO_DEADLINE, parseStep, type Step } from './step.ts';

const node = fc.nat(63);
const message = { cause: fc.nat(9999), to: node, nth: fc.nat(20) };
const op = fc.record({
  f: fc.constantFrom('read', 'write', 'cas', 'append'),
  key: fc.nat(9),
  value: fc.oneof(
    fc.constant(null),
    fc.nat(),
    fc.string(),
    fc.tuple(fc.option(fc.nat()), fc.string()),
  ),
});
const action = fc.oneof(
  fc.record({
    do: fc.constant('request' as const),
    node,
    client: fc.nat(99),
    op,
    withinUs: fc.oneof(fc.constant(NO_DEADLINE), fc.nat(1_000_000)),
  }),
  fc.record({ do: fc.constant('gone' as const), request: fc.nat(999) }),
  fc.record({ do: fc.constant('deliver' as const), keep: fc.boolean(), ...message }),
  fc.record({ do: fc.constant('drop' as const), ...message }),
  fc.record({ do: fc.constant('timer' as const), node, timer: fc.constantFrom('hb', 'retry k1') }),
  fc.record({
    do: fc.constantFrom(
      'durable' as const,
      'crash' as const,
      'crash-synced' as const,
      'restart' as const,
      'restart-empty' as const,
    ),
    node,
  }),
  fc.record({ do: fc.constant('admin' as const), node, words: fc.constant(['view', '2', 'n1']) }),
);
const steps = fc
  .tuple(action, fc.nat(9999), fc.nat(1e9))
  .map(([a, id, atUs]) => ({ ...a, id, atUs }) as Step);

test('a step is read back as it was written, whatever remark follows', () => {
  fc.assert(
    fc.property(steps, (step) => {
      expect(parseStep(formatStep(step))).toEqual(step);
      expect(parseStep(`  ${formatStep(step)}   # got INV k0 # n1`)).toEqual(step);
    }),
  );
});

test('reads as a person would write it', () => {
  const step: Step = { id: 5, atUs: 340, do: 'deliver', keep: false, cause: 4, to: 1, nth: 1 };
  expect(formatStep(step)).toBe('5 @340 deliver 4>n2/2');
  expect(parseStep('')).toBeUndefined();
  expect(parseStep('   # a remark')).toBeUndefined();
});

test.each([
  '5 deliver 4>n2',
  '5 @1 deliver 4>m2',
  '5 @1 fly n1',
  '5 @1 timer n1',
  '5 @1 crash n1 n2',
  '5 @1 request n1 write k0 7',
  '5 @1 request n1 c0 write k0 [7',
  '5 @1 gone x',
])('says which line is no step: %s', (line) => {
  expect(() => parseStep(line)).toThrow(UserError);
});
