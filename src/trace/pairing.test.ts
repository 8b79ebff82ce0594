import { expect, test } from 'vitest';
import type { TraceEvent } from '../base/trace-event.ts';
import { Pairing } from './pairing.ts';

const said = { kind: 'INV', key: 'k0', ts: '1.0' } as const;

function send(at: number, id: string, text?: string): TraceEvent {
  return { type: 'send', at, node: 'n1', to: 'n2', id, ...said, ...(text && { text }) };
}

function receive(at: number, text?: string): TraceEvent {
  return { type: 'receive', at, node: 'n2', from: 'n1', id: '', ...said, ...(text && { text }) };
}

/** What came of the messages, in print. */
function paired(events: readonly TraceEvent[]): string[] {
  const pairing = new Pairing();
  return events
    .flatMap((event) => pairing.take(event))
    .flatMap((event) =>
      'id' in event && event.type !== 'send' ? [`${event.type} ${event.id}`] : [],
    );
}

test('a receipt belongs to the latest equal send that has not arrived', () => {
  expect(paired([send(0, 'a'), receive(5), send(10, 'b'), receive(15)])).toEqual([
    'receive a',
    'receive b',
  ]);
  // The first was lost: what arrives is what was sent again.
  expect(paired([send(0, 'a'), send(100_000, 'b'), receive(100_200)])).toEqual(['receive b']);
});

test('one that is received twice was repeated', () => {
  expect(paired([send(0, 'a'), receive(5), receive(9)])).toEqual(['receive a', 'receive a']);
});

test('messages that differ do not change places', () => {
  expect(paired([send(0, 'a', 'x'), send(1, 'b', 'y'), receive(5, 'y'), receive(6, 'x')])).toEqual([
    'receive b',
    'receive a',
  ]);
});

test('what others have passed and does not come is lost', () => {
  const later = [send(10, 'b', 'y'), receive(20, 'y'), send(4_000_000, 'c', 'z')];
  expect(paired([send(0, 'a', 'x'), ...later])).toEqual(['receive b', 'drop a']);
  // Nobody passed it: it may be under way.
  expect(paired([send(0, 'a', 'x'), send(4_000_000, 'c', 'z')])).toEqual([]);
});
