import { describe, expect, test } from 'vitest';
import { addressesOf, nodeAddress, proxyAddress } from './addresses.ts';
import { applyText, countersIn, isClean, rulesOf, undoText } from './rules.ts';

describe('addresses', () => {
  test('a node and its stand-in in the hub are told apart up to the largest cluster', () => {
    expect(addressesOf('n1')).toEqual(['10.219.7.101', '10.219.7.1']);
    expect(addressesOf('n64')).toEqual(['10.219.7.164', '10.219.7.64']);
  });

  test('what is no node has no address', () => {
    expect(() => nodeAddress('n0')).toThrow(RangeError);
    expect(() => proxyAddress('n65')).toThrow(RangeError);
  });
});

describe('rules of a fault', () => {
  test('a cut drops at both ends, in the one direction', () => {
    const rules = rulesOf(7, [['n1', 'n2']], { type: 'drop' }, addressesOf);
    expect([...rules]).toEqual([
      [
        'n2',
        ['-A HERMES-7-INPUT -s 10.219.7.101 -j DROP', '-A HERMES-7-INPUT -s 10.219.7.1 -j DROP'],
      ],
      [
        'n1',
        ['-A HERMES-7-OUTPUT -d 10.219.7.102 -j DROP', '-A HERMES-7-OUTPUT -d 10.219.7.2 -j DROP'],
      ],
    ]);
  });

  test('loss strikes once, where the packet arrives', () => {
    const rules = rulesOf(7, [['n1', 'n2']], { type: 'lose', percent: 5, burst: 1 }, addressesOf);
    expect([...rules.keys()]).toEqual(['n2']);
    expect(rules.get('n2')?.[0]).toBe(
      '-A HERMES-7-INPUT -s 10.219.7.101 -m statistic --mode random --probability 0.050000 -j DROP',
    );
  });

  test('loss of everything is a plain drop at the receiver', () => {
    const rules = rulesOf(7, [['n1', 'n2']], { type: 'lose', percent: 100, burst: 3 }, addressesOf);
    expect(rules.get('n2')?.[0]).toBe('-A HERMES-7-INPUT -s 10.219.7.101 -j DROP');
  });

  test.each([
    [10, 3, 30],
    [90, 4, 5],
    [99.9, 8, 9],
  ])('%s percent in bursts of %s: that many in every %s', (percent, burst, cycle) => {
    const rules = rulesOf(1, [['n1', 'n2']], { type: 'lose', percent, burst }, addressesOf);
    const proxied = rules.get('n2')?.filter((line) => line.includes('-s 10.219.7.101 ')) ?? [];
    const every = proxied.map((line) => Number(/--every (\d+)/.exec(line)?.[1]));
    expect(every).toEqual(Array.from({ length: burst }, (_, r) => cycle - r));
  });

  test('undoing names exactly the chains that applying made', () => {
    const made = [...applyText(12, []).matchAll(/^:(\S+)/gm)].map((match) => match[1]);
    const saved = [
      ...made.map((name) => `:${name} - [0:0]`),
      '[3:180] -A INPUT -j HERMES-12-INPUT',
      '[0:0] -A INPUT -j HERMES-12-INPUT',
      '[0:0] -A OUTPUT -j HERMES-12-OUTPUT',
      '[0:0] -A OUTPUT -j HERMES-121-OUTPUT',
    ].join('\n');
    const text = undoText(12, saved) ?? '';
    const removed = [...text.matchAll(/^-X (\S+)/gm)].map((match) => match[1]);
    expect(removed).toEqual(made);
    expect(text).not.toMatch(/-F (INPUT|OUTPUT)|-F$/m);
    expect(text.match(/^-D .*/gm)).toEqual([
      '-D INPUT -j HERMES-12-INPUT',
      '-D INPUT -j HERMES-12-INPUT',
      '-D OUTPUT -j HERMES-12-OUTPUT',
    ]);
    expect(undoText(1, saved)).toBeUndefined();
    expect(applyText(12, [], saved)).not.toMatch(/^-I/m);
    // The longest name that the kernel takes is 28 characters.
    expect(applyText(2 ** 31, []).match(/HERMES-\S+/)?.[0].length).toBeLessThanOrEqual(28);
  });
});

describe('what iptables-save counted', () => {
  const saved = `*filter
:INPUT ACCEPT [9:900]
:HERMES-1-INPUT - [0:0]
:HERMES-11-INPUT - [0:0]
[9:900] -A INPUT -j HERMES-1-INPUT
[3:180] -A HERMES-1-INPUT -s 10.219.7.101/32 -j DROP
[4:240] -A HERMES-1-OUTPUT -d 10.219.7.102/32 -m statistic --mode random --probability 0.5 -j DROP
[5:300] -A HERMES-11-INPUT -s 10.219.7.101/32 -j DROP
COMMIT
`;
  test('belongs to the fault of exactly that id', () => {
    expect(countersIn(saved, 1)).toEqual({ packets: 7, bytes: 420 });
    expect(countersIn(saved, 11)).toEqual({ packets: 5, bytes: 300 });
    expect(countersIn(saved, 2)).toEqual({ packets: 0, bytes: 0 });
  });

  test('shows whether a fault is still there', () => {
    expect(isClean(saved)).toBe(false);
    expect(isClean('*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n')).toBe(true);
  });
});
