import { expect, test } from 'vitest';
import { Reader, Writer } from '../../base/bytes.ts';
import { HERMES_BUGS } from './bugs.ts';
import { MEMBERSHIP_BUGS } from './membership-bugs.ts';
import { reliableHermes } from './reliable.ts';

const { messages, records } = reliableHermes;

test('messages of both parts go through one codec, under their own names', () => {
  const inv = { kind: 'VAL', key: 'k', epoch: 3, ts: { v: 1, c: 2, g: 3 } } as const;
  const ask = { kind: 'VIEW_REQ', epoch: 7 } as const;
  for (const message of [inv, ask]) {
    const w = new Writer();
    const kind = messages.encode(message, w);
    expect(messages.kinds[kind - 16]).toBe(message.kind);
    expect(messages.decode(kind, new Reader(w.view()))).toEqual(message);
    expect(reliableHermes.show(message)).toContain(message.kind);
  }
  expect(messages.decode(31, new Reader(new Uint8Array(9)))).toBeUndefined();
  expect(messages.decode(200, new Reader(new Uint8Array(9)))).toBeUndefined();
});

test('records go through bytes and back', () => {
  const record = {
    votes: true,
    acceptors: [0, 1, 2],
    chosen: { epoch: 0, full: [], shadow: [], gen: {}, maxInc: {} },
    promised: { round: 1, id: 2, inc: 3 },
    accepted: null,
    left: false,
  };
  const w = new Writer();
  records.encode(record, w);
  expect(records.decode(new Reader(w.view()))).toEqual(record);
});

test('its words are JOIN and LEAVE', () => {
  expect(reliableHermes.admin?.(['JOIN'])).toEqual({ f: 'join' });
  expect(reliableHermes.admin?.(['LEAVE'])).toEqual({ f: 'leave' });
  expect(reliableHermes.admin?.(['leave'])).toEqual({ f: 'leave' });
  expect(reliableHermes.admin?.(['LEAVE', 'now'])).toBeUndefined();
  expect(reliableHermes.admin?.(['DANCE'])).toBeUndefined();
  expect(reliableHermes.admin?.([])).toBeUndefined();
});

test('its bugs are those of the data path and those of the membership, each once', () => {
  const names = reliableHermes.bugs.map(({ name }) => name);
  expect(names.length).toBe(HERMES_BUGS.length + MEMBERSHIP_BUGS.length);
  expect(new Set(names).size).toBe(names.length);
  expect(new Set(reliableHermes.bugs.map(({ zoo }) => zoo)).size).toBe(names.length);
});
