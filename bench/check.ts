/**
 * How fast histories are judged: one key, clients always busy, 50 % reads, 25 % writes, 25 % cas of
 * unique values; once valid, once with one read changed at 90 %. CPU time of the judge alone (best of
 * three), and of everything from events to verdict with proof and planted violations.
 *
 *     node bench/check.ts [operations]      default 1,000,000
 */
import type { HistoryEvent } from '../src/history/event.ts';
import { type Random, random } from '../src/base/random.ts';
import { callsByKey } from '../src/checkers/calls.ts';
import { checkHistory } from '../src/checkers/check.ts';
import { isUnfit, registerColumns } from '../src/checkers/columns.ts';
import { listPlaces } from '../src/checkers/linearizability/append-list.ts';
import { judgeChain } from '../src/checkers/linearizability/chain.ts';
import { counterPlaces } from '../src/checkers/linearizability/counter.ts';
import { judgeZones } from '../src/checkers/linearizability/zones.ts';
import { parseHistory } from '../src/history/read.ts';

interface Client {
  op: { f: string; value: HistoryEvent['value'] } | undefined;
  done: { type: 'ok' | 'fail'; value: HistoryEvent['value']; more: object } | undefined;
}

type Kind = 'register' | 'counter' | 'list';

/** Really runs the object with clients that are never idle. `lostPermille`: outcomes that stay unknown. */
function run(
  kind: Kind,
  operations: number,
  clients: number,
  lostPermille: number,
  keys = 1,
): HistoryEvent[] {
  const r: Random = random(`bench/${kind}/${clients}/${lostPermille}`);
  const events: HistoryEvent[] = [];
  const running: Client[] = Array.from({ length: clients }, () => ({
    op: undefined,
    done: undefined,
  }));
  const names = running.map((_, i) => i);
  const states = Array.from({ length: keys }, () => ({ value: 0, count: 0, list: [] as number[] }));
  const keyOf = new Int32Array(clients);
  let next = clients;
  let started = 0;
  let fresh = 0;
  const emit = (
    slot: number,
    type: HistoryEvent['type'],
    f: string,
    value: HistoryEvent['value'],
    more = {},
  ): void => {
    const index = events.length;
    events.push({
      index,
      process: names[slot] as number,
      type,
      f,
      key: keyOf[slot] as number,
      value,
      time: index * 100,
      ...more,
    } as HistoryEvent);
  };
  while (started < operations) {
    const slot = r.below(clients);
    const it = running[slot] as Client;
    if (it.op === undefined) {
      keyOf[slot] = r.below(keys);
      const state = states[keyOf[slot] as number] as { value: number };
      started++;
      const kinds = {
        register: ['read', 'read', 'write', 'cas'],
        counter: ['add', 'read'],
        list: ['append', 'append', 'append', 'read'],
      };
      const f = r.pick(kinds[kind]);
      const value =
        f === 'write' || f === 'append'
          ? ++fresh
          : f === 'cas'
            ? [state.value, ++fresh]
            : f === 'add'
              ? 1
              : null;
      it.op = { f, value };
      emit(slot, 'invoke', f, value);
    } else if (it.done === undefined) {
      const state = states[keyOf[slot] as number] as {
        value: number;
        count: number;
        list: number[];
      };
      const { f, value } = it.op;
      it.done = { type: 'ok', value, more: {} };
      if (f === 'read')
        it.done.value =
          kind === 'register' ? state.value : kind === 'counter' ? state.count : state.list.slice();
      else if (f === 'write') state.value = value as number;
      else if (f === 'add') it.done.more = { result: ++state.count };
      else if (f === 'append') it.done.more = { result: state.list.push(value as number) };
      else {
        const [from, to] = value as readonly number[];
        if (state.value === from) state.value = to as number;
        else it.done = { type: 'fail', value, more: { error: 'mismatch', observed: state.value } };
      }
      if (f !== 'read' && r.chance(lostPermille, 1000)) {
        emit(slot, 'info', f, value, { error: 'timeout' });
        names[slot] = next++;
        it.op = it.done = undefined;
      }
    } else {
      emit(slot, it.done.type, it.op.f, it.done.value, it.done.more);
      it.op = it.done = undefined;
    }
  }
  return events;
}

function cpuMs(fn: () => unknown): number {
  const before = process.cpuUsage();
  fn();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function best(fn: () => unknown): string {
  return `${Math.min(...[1, 2, 3].map(() => cpuMs(fn))).toFixed(0)} ms`.padStart(9);
}

function row(name: string, ...cells: string[]): void {
  console.log(`${name.padEnd(44)}${cells.join('')}`);
}

const operations = Number(process.argv[2] ?? 1_000_000);
row(
  `${operations.toLocaleString('en-US')} operations`,
  '    judge',
  '  invalid',
  '   events to verdict',
);
for (const lost of [0, 10, 50])
  for (const clients of [5, 30, 100]) {
    const events = run('register', operations, clients, lost);
    const calls = callsByKey(events)[0]?.calls ?? [];
    const columns = registerColumns(calls, 0);
    if (isUnfit(columns)) throw new Error(columns.unfit);
    const a = columns.a.slice();
    let i = Math.floor(columns.n * 0.9);
    while (columns.f[i] !== 0) i++;
    a[i] = 0;
    const bad = { ...columns, a };
    const invalid =
      judgeZones(bad).type === 'invalid' ? best(() => judgeZones(bad)) : '  not found';
    const history = { header: { hermes: 1 as const, initial: 0 }, events, nemesis: [] };
    const whole = `${cpuMs(() => checkHistory(history)).toFixed(0)} ms`.padStart(20);
    row(
      `register, ${clients} clients, ${lost / 10} % lost`,
      best(() => judgeZones(columns)),
      invalid,
      whole,
    );
  }
for (const lost of [0, 50]) {
  const calls = callsByKey(run('counter', operations, 30, lost))[0]?.calls ?? [];
  const places = counterPlaces(calls, 0);
  if (isUnfit(places) || 'conflict' in places) throw new Error('no counter');
  row(
    `counter, 30 clients, ${lost / 10} % lost`,
    best(() => judgeChain(places)),
  );
}
{
  const n = Math.min(operations, 4000);
  const calls = callsByKey(run('list', n, 30, 5))[0]?.calls ?? [];
  row(
    `list, 30 clients, 0.5 % lost, ${n} operations`,
    best(() => listPlaces(calls, null)),
  );
}
{
  const events = run('register', operations, 30, 5, Math.ceil(operations / 200));
  const header = { hermes: 1 as const, initial: 0 };
  row(
    'register, 200 operations a key, all keys',
    '',
    `${cpuMs(() => checkHistory({ header, events, nemesis: [] })).toFixed(0)} ms`.padStart(38),
  );
  const text = [header, ...events].map((e) => JSON.stringify(e)).join('\n');
  row(
    `reading the same, ${(text.length / 2 ** 20).toFixed(0)} MB of JSON lines`,
    `${cpuMs(() => parseHistory(text)).toFixed(0)} ms`.padStart(9),
  );
}
