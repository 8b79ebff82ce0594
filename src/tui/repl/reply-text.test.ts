import { expect, test } from 'vitest';
import type { Reply } from '../../wire/resp.ts';
import { replyJson, replyText } from './reply-text.ts';

const bulk = (text: string | Uint8Array): Reply => ({ type: 'bulk', value: Buffer.from(text) });

test.each<[Reply, string, unknown]>([
  [{ type: 'simple', text: 'OK' }, 'OK', 'OK'],
  [{ type: 'error', code: 'ERR', message: 'no' }, '(error) ERR no', { error: 'ERR no' }],
  [{ type: 'integer', value: 7n }, '(integer) 7', 7],
  [{ type: 'integer', value: 2n ** 60n }, '(integer) 1152921504606846976', '1152921504606846976'],
  [{ type: 'null' }, '(nil)', null],
  [{ type: 'boolean', value: true }, '(true)', true],
  [bulk('say "é"'), '"say \\"é\\""', 'say "é"'],
  [bulk('a\x01\t'), '"a\\x01\\t"', 'a\x01\t'],
  [bulk(Uint8Array.of(0xff, 0x41)), '"\\xffA"', { b64: '/0E=' }],
  [bulk('# Server\r\nrole:x\r\n'), '# Server\nrole:x', '# Server\r\nrole:x\r\n'],
  [bulk('{"epoch":1}'), '{"epoch":1}', '{"epoch":1}'],
  [bulk(`{"long":"${'x'.repeat(80)}"}`), `{\n  "long": "${'x'.repeat(80)}"\n}`, expect.any(String)],
  [bulk('{"not json}'), '"{\\"not json}"', '{"not json}'],
  [{ type: 'array', items: [] }, '(empty)', []],
])('reply %#', (reply, text, json) => {
  expect(replyText(reply)).toBe(text);
  expect(replyJson(reply)).toEqual(json);
});

test('lists are numbered, and what is in them is indented below its number', () => {
  const inner: Reply = { type: 'array', items: [bulk('b'), { type: 'null' }] };
  const ten: Reply = {
    type: 'array',
    items: [...Array.from({ length: 9 }, () => bulk('a')), inner],
  };
  expect(replyText(ten).split('\n').slice(-3)).toEqual([' 9) "a"', '10) 1) "b"', '    2) (nil)']);
});

test('maps keep their names', () => {
  const map: Reply = { type: 'map', entries: [[bulk('proto'), { type: 'integer', value: 3n }]] };
  expect(replyText(map)).toBe('1) "proto" => (integer) 3');
  expect(replyJson(map)).toEqual({ proto: 3 });
});
