import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Reply } from '../../wire/resp.ts';
import { ReplSession, type Line, type ReplHost } from './session.ts';
import { complete, helpText } from './words.ts';

/** Three replicas that share one map: enough of a cluster to talk to. */
class Replicas implements ReplHost {
  readonly nodes = ['n1', 'n2', 'n3'];
  readonly values = new Map<string, string>();
  readonly asked: string[] = [];
  readonly printed: string[] = [];
  readonly clusterCalls: string[] = [];
  readonly down = new Set<string>();
  readonly silent = new Set<string>();
  opened = 0;
  refuses = false;

  async open(node: string): Promise<Line> {
    if (this.down.has(node)) throw new Error('ECONNREFUSED');
    this.opened += 1;
    let end = (): void => {};
    const closed = new Promise<void>((resolve) => (end = resolve));
    return { closed, close: end, request: (args) => this.#request(node, args, end) };
  }

  async #request(
    node: string,
    args: readonly (string | Uint8Array)[],
    end: () => void,
  ): Promise<Reply> {
    const words = args.map((arg) => Buffer.from(arg as string).toString());
    if (words[0] !== 'HERMES') this.asked.push(`${node} ${words.join(' ')}`);
    if (this.silent.has(node)) return new Promise(() => {});
    if (this.down.has(node)) {
      end();
      throw new Error('connection lost');
    }
    return this.#answer(words);
  }

  #answer([name = '', key = '', value = '', ...rest]: string[]): Reply {
    const old = this.values.get(key);
    const was: Reply =
      old === undefined ? { type: 'null' } : { type: 'bulk', value: Buffer.from(old) };
    if (name === 'HERMES')
      return { type: 'bulk', value: Buffer.from('{"state":"serving","epoch":4}') };
    if (this.refuses) return { type: 'error', code: 'NOTMEMBER', message: 'not in the view' };
    if (name === 'GET') return was;
    const holds = rest[0] === 'NX' ? old === undefined : rest[0] !== 'IFEQ' || rest[1] === old;
    if (holds) this.values.set(key, value);
    return rest.includes('GET') ? was : { type: 'simple', text: 'OK' };
  }

  async cluster(words: readonly string[]): Promise<void> {
    this.clusterCalls.push(words.join(' '));
  }

  out(text: string): void {
    this.printed.push(text);
  }
}

let replicas: Replicas;
let session: ReplSession;
beforeEach(() => {
  replicas = new Replicas();
  session = new ReplSession(replicas, 'n1');
});

async function said(...lines: string[]): Promise<string[]> {
  for (const line of lines) await session.take(line);
  return replicas.printed;
}

describe('lines', () => {
  test('short forms, words and commands of the replica do the same', async () => {
    expect(await said('w k 1', 'r k', 'READ k', 'GET k', 'write k 2', 'r k')).toEqual([
      'OK',
      '"1"',
      '"1"',
      '"1"',
      'OK',
      '"2"',
    ]);
  });

  test('a compare-and-set says whether it matched, and what was there instead', async () => {
    expect(await said('c k nil 1', 'c k nil 2', 'c k 1 2', 'c k 1 3')).toEqual([
      'OK',
      '(mismatch) it is "1"',
      'OK',
      '(mismatch) it is "2"',
    ]);
    expect(replicas.values.get('k')).toBe('2');
  });

  test('values may be quoted and hold any bytes', async () => {
    expect(await said('w k "two words"', 'r k', "w k 'é'", 'r k')).toEqual([
      'OK',
      '"two words"',
      'OK',
      '"é"',
    ]);
  });

  test('trace tells every node', async () => {
    replicas.down.add('n3');
    await said('trace on', 'trace maybe');
    expect(replicas.printed.slice(-4)).toEqual([
      expect.stringMatching(/^n1 /),
      expect.stringMatching(/^n2 /),
      'n3 does not answer',
      '(usage: trace on|off)',
    ]);
    expect(replicas.opened).toBe(2);
  });

  test('connect changes the node; quit ends', async () => {
    await said('connect n2', 'r k', 'connect n9');
    expect(replicas.asked).toEqual(['n2 GET k']);
    expect(replicas.printed.at(-1)).toBe('(there is no n9: the nodes are n1, n2, n3)');
    expect(await session.take('q')).toBe(false);
    expect(await session.take('QUIT')).toBe(false);
  });

  test('words of the cluster go to its commands', async () => {
    await said('partition n1 / n2 n3', 'heal', 'STATUS');
    expect(replicas.clusterCalls).toEqual(['partition n1 / n2 n3', 'heal', 'status']);
  });

  test.each([
    ['blah', '("blah" is nothing that is known here: try help)'],
    [
      'partitoin n1',
      '("partitoin" is nothing that is known here; did you mean partition?: try help)',
    ],
    ['w k', '(usage: write, w KEY VALUE)'],
    ['r "k', '(a quote is not closed)'],
  ])('%s is refused, and says how it is done', async (line, answer) => {
    expect(await said(line)).toEqual([answer]);
    expect(session.confused).toBe(true);
    expect(replicas.asked).toEqual([]);
  });

  test('blank lines and remarks do nothing', async () => {
    expect(await said('', '   ', '# a remark')).toEqual([]);
    expect(session.confused).toBe(false);
  });

  test('help is for everybody, and for one command', async () => {
    const [all, one, none] = await said('?', 'help GETSET', 'help nothing');
    expect(all).toContain('On the node');
    expect(one).toMatch(/^GETSET/);
    expect(none).toContain('try help');
  });

  test('an error of the replica is an answer', async () => {
    replicas.refuses = true;
    expect(await said('c k 1 2', 'w k 1')).toEqual([
      '(error) NOTMEMBER not in the view',
      '(error) NOTMEMBER not in the view',
    ]);
    expect(session.confused).toBe(false);
  });

  test('keys that were used are offered again, the last one first', async () => {
    await said('r a', 'w b 1', 'r a', 'ping');
    expect(session.keys).toEqual(['a', 'b']);
  });

  test('what was said is kept for --json', async () => {
    await said('w k 1', 'r k', 'blah');
    expect(session.said).toMatchObject([
      { node: 'n1', line: 'w k 1', reply: 'OK' },
      { node: 'n1', line: 'r k', reply: '1' },
      { node: 'n1', line: 'blah', error: expect.any(String) },
    ]);
  });
});

describe('a node that is gone', () => {
  test('before a line: nothing was sent; it is tried again with the next', async () => {
    replicas.down.add('n1');
    expect(await said('w k 1')).toEqual(['(n1 does not answer: ECONNREFUSED)']);
    expect(await session.prompt()).toBe('n1 no answer> ');
    replicas.down.clear();
    expect(await said('w k 1')).toHaveLength(2);
    expect(await session.prompt()).toBe('n1 view 4> ');
  });

  test('during a change: nobody knows; during a read: it does not matter', async () => {
    await said('r k');
    replicas.down.add('n1');
    await said('w k 1');
    expect(replicas.printed.at(-1)).toBe('(connection lost; nobody knows whether it happened)');
    replicas.down.clear();
    await said('r k');
    replicas.down.add('n1');
    await said('r k');
    expect(replicas.printed.at(-1)).toBe('(connection lost)');
  });

  test('a silent one is given up, and the next line takes a new connection', async () => {
    vi.useFakeTimers();
    try {
      replicas.silent.add('n1');
      const taken = session.take('w k 1');
      await vi.advanceTimersByTimeAsync(2_500);
      await taken;
      expect(replicas.printed).toEqual([
        '(no answer within 2 s; nobody knows whether it happened)',
      ]);
      replicas.silent.clear();
      await session.take('r k');
      expect(replicas.opened).toBe(2);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('completion and help', () => {
  const nodes = ['n1', 'n2', 'n3'];
  test.each([
    ['par', ['partition ']],
    ['GE', ['GET ', 'GETSET ']],
    ['connect ', ['n1 ', 'n2 ', 'n3 ']],
    ['partition n1 / n', ['n1 ', 'n2 ', 'n3 ']],
    ['get g', ['greeting ']],
    ['set greeting h', []],
    ['hermes s', ['STATUS ']],
  ])('%s', (typed, expected) => {
    expect(complete(typed, nodes, ['greeting', 'k'])[0]).toEqual(expected);
  });

  test('help names every word, or one command', () => {
    for (const word of ['cas, c KEY OLD NEW', 'partition n1 / n2 n3', 'INCRBY'])
      expect(helpText(undefined)).toContain(word);
    expect(helpText('getset')).toBe('GETSET  Sets a key and answers its old value.');
    expect(helpText('w')).toMatch(/^write, w KEY VALUE/);
    expect(helpText('nothing')).toBeUndefined();
    for (const line of (helpText(undefined) as string).split('\n'))
      expect(line.length).toBeLessThanOrEqual(80);
  });
});
