import { expect, test } from 'vitest';
import { callsByKey } from './calls.ts';
import { CAS, READ, WRITE, isUnfit, registerColumns } from './columns.ts';
import { eventsOf } from './history.case.ts';

/** Columns of one key as words. */
function words(text: string, initial: number | null = null): string[] | string {
  const columns = registerColumns(callsByKey(eventsOf(text))[0]?.calls ?? [], initial);
  if (isUnfit(columns)) return columns.unfit;
  const value = (id: number | undefined) => JSON.stringify(columns.values[id as number]);
  return Array.from({ length: columns.n }, (_, i) => {
    const lost = columns.ret[i] === 0x7fff_ffff ? '?' : '';
    const [a, b] = [value(columns.a[i]), value(columns.b[i])];
    switch (columns.f[i]) {
      case READ:
        return `read ${a}${lost}`;
      case WRITE:
        return `write ${a}${lost}`;
      case CAS:
        return `${a}→${b}${lost}`;
      default:
        return 'odd';
    }
  });
}

test.each([
  ['0 invoke read\n0 ok read 3', ['read 3']],
  ['0 invoke read\n0 ok read null', ['read null']],
  ['0 invoke read\n0 fail read', []],
  ['0 invoke read\n0 info read', []],
  ['0 invoke read', []],
  ['0 invoke write 3\n0 ok write 3', ['write 3']],
  ['0 invoke write 3\n0 info write 3', ['write 3?']],
  ['0 invoke write 3', ['write 3?']],
  ['0 invoke write 3\n0 fail write 3', []],
  ['0 invoke cas [1,2]\n0 ok cas [1,2]', ['1→2']],
  ['0 invoke cas [1,2]\n0 info cas [1,2]', ['1→2?']],
  ['0 invoke cas [1,2]\n0 fail cas [1,2] observed=7', ['read 7']],
  ['0 invoke cas [1,2]\n0 fail cas [1,2] observed=null', ['read null']],
  ['0 invoke cas [1,2]\n0 fail cas [1,2]', []],
  ['0 invoke cas [1,1]\n0 ok cas [1,1]', ['read 1']],
  ['0 invoke cas [1,1]\n0 info cas [1,1]', []],
  ['0 invoke cas 1\n0 ok cas 1', 'a cas without [old, new]'],
  ['0 invoke getset 4\n0 ok getset 4 result=3', ['3→4']],
  ['0 invoke getset 4\n0 ok getset 4 result=4', ['read 4']],
  ['0 invoke getset 4\n0 ok getset 4', ['write 4']],
  ['0 invoke getset 4\n0 info getset 4', ['write 4?']],
  ['0 invoke add 2\n0 ok add 2 result=5', ['3→5']],
  ['0 invoke add 0\n0 ok add 0 result=5', ['read 5']],
  ['0 invoke add 2\n0 fail add 2', []],
  ['0 invoke add 2\n0 info add 2', 'an add with unknown outcome beside other writes'],
  ['0 invoke add 2\n0 ok add 2', 'an add that answered with no number'],
  ['0 invoke add "x"\n0 ok add "x" result=1', 'an add of something that is no number'],
  ['0 invoke delete\n0 ok delete result=0', ['read null']],
  ['0 invoke delete\n0 info delete', ['write null?']],
  ['0 invoke delete\n0 ok delete', ['write null']],
  ['0 invoke delete\n0 ok delete result=1', 'a delete that removed a value it does not name'],
  ['0 invoke append "a"\n0 ok append "a"', 'an operation "append"'],
])('%j', (text, expected) => {
  expect(words(text)).toEqual(expected);
});

test('on a key that sees add, absent and 0 are one value', () => {
  expect(words('0 invoke add 1\n0 ok add 1 result=1\n0 invoke read\n0 ok read null')).toEqual([
    '0→1',
    'read 0',
  ]);
});

test('equal values have one id, whatever their shape; the initial one is 0', () => {
  const text =
    '0 invoke write [1,{"b64":"/w=="}]\n0 ok write\n0 invoke read\n0 ok read [1,{"b64":"/w=="}]';
  const columns = registerColumns(callsByKey(eventsOf(text))[0]?.calls ?? [], 7);
  expect(columns).toMatchObject({ values: [7, [1, { b64: '/w==' }]] });
  expect(!isUnfit(columns) && [...columns.a]).toEqual([1, 1]);
});
