import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { UserError } from '../base/user-error.ts';
import { LOOPBACK_SECRET, parseReplicaArgs, type ReplicaOptions } from './replica-options.ts';

const dir = mkdtempSync(join(tmpdir(), 'hermes-options-'));
afterAll(() => rmSync(dir, { recursive: true }));

const parse = (line: string, env: Record<string, string> = {}): ReplicaOptions =>
  parseReplicaArgs(line.split(' '), env);
const file = (name: string, text: string): string => {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
};

describe('options', () => {
  test('have defaults for one machine', () => {
    expect(parse('--id 2 --data d --peers 1=127.0.0.1:7201,3=localhost:7203')).toMatchObject({
      id: 1,
      cluster: 'hermes',
      listen: { host: '127.0.0.1', port: 7402 },
      peerListen: { host: '127.0.0.1', port: 7502 },
      peers: new Map([
        [0, { host: '127.0.0.1', port: 7201 }],
        [2, { host: 'localhost', port: 7203 }],
      ]),
      acceptors: [0, 1, 2],
      bootstrap: false,
      opTimeoutMs: 1000,
      timeScale: 1,
      verbosity: 0,
      secret: LOOPBACK_SECRET,
    });
  });

  test('come from a file with the same names; flags win', () => {
    const config = file(
      'n1.json',
      JSON.stringify({
        id: 1,
        data: 'from-file',
        peers: { 2: '127.0.0.1:7202' },
        bootstrap: true,
        verbose: 2,
        option: { o3: true, keyQueue: 9 },
        bug: ['read-while-invalid'],
      }),
    );
    const options = parse(`--config ${config} --data from-flag --listen none`);
    expect(options).toMatchObject({
      id: 0,
      dataDir: 'from-flag',
      bootstrap: true,
      verbosity: 2,
      listen: undefined,
      options: { o3: true, keyQueue: 9 },
      bugs: new Set(['read-while-invalid']),
    });
  });

  test('the acceptors are the nodes of the start, all of them known', () => {
    const newcomer = '--id 4 --data d --peers 1=127.0.0.1:1,2=127.0.0.1:2,3=127.0.0.1:3';
    expect(parse(`${newcomer} --acceptors 3,1,2`).acceptors).toEqual([0, 1, 2]);
    expect(() => parse(`${newcomer} --acceptors 1,5`)).toThrow(/names n5, which is neither/);
    expect(() => parse(`${newcomer} --acceptors ,`)).toThrow(/at least one/);
  });

  test('know a planted bug by name and by number', () => {
    expect(parse('--id 1 --data d --bug M2,no-tie-break').bugs).toEqual(
      new Set(['read-while-invalid', 'no-tie-break']),
    );
  });

  test('count -v', () => {
    expect(parse('--id 1 --data d -v').verbosity).toBe(1);
    expect(parse('--id 1 --data d -vv').verbosity).toBe(2);
  });

  test('take the secret from a file or the environment', () => {
    const open = '--id 1 --data d --peers 2=10.0.0.2:7202 --peer-listen 10.0.0.1:7201';
    expect(parse(`${open} --secret-file ${file('secret', 'word\n')}`).secret).toBe('word');
    expect(parse(open, { HERMES_SECRET: 'word' }).secret).toBe('word');
    expect(() => parse(open)).toThrow(/no secret by which replicas know each other/);
    expect(() => parse(`${open} --secret-file ${file('none', '\n')}`)).toThrow(/holds no secret/);
    expect(parse(`${open} --secret-stdin`).secretFromStdin).toBe(true);
  });

  test.each([
    ['--data d', '--id is missing'],
    ['--id 1', '--data is missing'],
    ['--id 0 --data d', '--id takes a number from 1 to 64, not "0"'],
    ['--id 1.5 --data d', '--id takes a whole number'],
    ['--id 1 --data d --nope', "Unknown option '--nope'"],
    ['--id 1 --data d --listen x', '--listen takes HOST:PORT, not "x"'],
    ['--id 1 --data d --listen 1:2:3', '--listen takes HOST:PORT'],
    ['--id 1 --data d --listen 127.0.0.1:99999', '--listen takes HOST:PORT'],
    ['--id 1 --data d --peers 1=127.0.0.1:1', 'which is this replica'],
    ['--id 1 --data d --peers 2=127.0.0.1:1,2=127.0.0.1:1', 'names n2 twice'],
    ['--id 1 --data d --peers 127.0.0.1:1', '--peers takes NUMBER=HOST:PORT'],
    ['--id 1 --data d --protocol nope', 'there is no protocol "nope"'],
    ['--id 1 --data d --bug nope', 'no planted bug "nope"'],
    ['--id 1 --data d --option nope=1', 'no option "nope"'],
    ['--id 1 --data d --option o3=maybe', '--option o3 is on or off'],
    ['--id 1 --data d --time-scale 0', '--time-scale takes a number'],
    ['--id 1 --data d --cluster \u00fc', '--cluster takes'],
    [`--config ${dir}/absent.json`, 'ENOENT'],
    [`--config ${file('bad.json', '[]')}`, 'not a JSON object'],
    [`--config ${file('typo.json', '{"idd":1}')}`, 'there is no flag "idd"'],
  ])('%s is refused in a sentence', (line, message) => {
    expect(() => parse(line)).toThrow(UserError);
    expect(() => parse(line)).toThrow(message);
  });
});
