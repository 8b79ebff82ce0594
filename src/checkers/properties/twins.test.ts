/** Each property against a slow twin that follows its definition pair by pair, on small random histories. */
import { describe, expect, test } from 'vitest';
import type { Value } from '../../base/operation.ts';
import { type Random, random } from '../../base/random.ts';
import type { History, HistoryEvent } from '../../history/event.ts';
import type { Call } from '../calls.ts';
import { callsOf, judgeProperty } from './judge-property.ts';
import { propertyNamed } from './properties.ts';
import type { Calls, Property } from './property.ts';

const HISTORIES = 1000;

interface Asked {
  readonly f: string;
  readonly key: number;
  readonly value: Value;
}

/** What clients ask, and what a shaky system answers: it may forget, or look at an older state. */
interface Shaky {
  ask(r: Random, n: number): Asked;
  answer(r: Random, asked: Asked, done: readonly Asked[]): { value?: Value; result?: Value };
}

function randomHistory(r: Random, { ask, answer }: Shaky): History {
  const events: HistoryEvent[] = [];
  const done: Asked[] = [];
  const running = new Map<number, Asked>();
  const names = [0, 1, 2];
  for (let n = 0; n < 24; n++) {
    const slot = r.below(3);
    const process = names[slot] as number;
    const common = { index: events.length, time: events.length * 1e6, process };
    const open = running.get(process);
    if (open === undefined) {
      const asked = ask(r, n);
      running.set(process, asked);
      if (r.chance(3, 4)) done.push(asked);
      events.push({ ...common, ...asked, type: 'invoke' });
    } else {
      running.delete(process);
      const type = r.pick(['ok', 'ok', 'ok', 'ok', 'fail', 'info'] as const);
      if (type !== 'fail' && !done.includes(open) && r.chance(9, 10)) done.push(open);
      events.push({ ...common, ...open, type, ...(type === 'ok' && answer(r, open, done)) });
      if (type === 'info') names[slot] = process + 3;
    }
  }
  return { header: { hermes: 1 }, events, nemesis: [] };
}

/** Sometimes the whole past, sometimes a part of it. */
const past = (r: Random, done: readonly Asked[], f: string, key: number): Asked[] =>
  done
    .slice(0, r.chance(2, 3) ? done.length : r.below(done.length + 1))
    .filter((a) => a.f === f && a.key === key);

const lists: Shaky = {
  ask: (r, n) =>
    r.chance(1, 2)
      ? { f: 'append', key: r.below(2), value: n }
      : { f: 'read', key: r.below(2), value: null },
  answer(r, asked, done) {
    if (asked.f !== 'read') return {};
    const all = past(r, done, 'append', asked.key).map(({ value }) => value);
    return { value: r.chance(1, 6) ? all.toReversed() : all };
  },
};
const registers: Shaky = {
  ask: (r, n) =>
    r.chance(1, 2)
      ? { f: 'write', key: r.below(2), value: n }
      : { f: 'read', key: r.below(2), value: null },
  answer: (r, asked, done) =>
    asked.f === 'read' ? { value: past(r, done, 'write', asked.key).at(-1)?.value ?? null } : {},
};
const counters: Shaky = {
  ask: (r) =>
    r.chance(1, 2)
      ? { f: 'add', key: r.below(2), value: r.between(-2, 2) }
      : { f: 'read', key: r.below(2), value: null },
  answer(r, asked, done) {
    const sum = past(r, done, 'add', asked.key).reduce((n, { value }) => n + (value as number), 0);
    return asked.f === 'read' ? { value: sum } : { result: sum };
  },
};
const accounts: Shaky = {
  ask: (r) =>
    r.chance(1, 2)
      ? { f: 'transfer', key: 0, value: [r.below(3), r.below(3), r.between(1, 3)] }
      : { f: 'read', key: 0, value: null },
  answer(r, asked, done) {
    if (asked.f !== 'read') return {};
    const balances = [5, 5, 5];
    for (const { value } of past(r, done, 'transfer', 0)) {
      const [from, to, amount] = value as [number, number, number];
      balances[from] = (balances[from] as number) - amount;
      // Now and then it is seen to leave, and not to arrive.
      if (!r.chance(1, 30)) balances[to] = (balances[to] as number) + amount;
    }
    return { value: r.chance(1, 40) ? balances.slice(1) : balances };
  },
};
/** Key n is written once, by operation n; keys are read in pairs. */
const forks: Shaky = {
  ask(r, n) {
    if (r.chance(1, 2)) return { f: 'txn', key: 0, value: [['w', n, n]] };
    const pair = 2 * (r.below(n + 1) >> 1);
    return { f: 'txn', key: 0, value: [pair, pair + 1].map((key) => ['r', key, null]) };
  },
  answer(r, asked, done) {
    const micros = asked.value as readonly Micro[];
    if (micros[0]?.[0] === 'w') return {};
    const seen = (key: Value): boolean =>
      past(r, done, 'txn', 0).some(({ value }) => {
        const [f, of] = (value as readonly Micro[])[0] as Micro;
        return f === 'w' && of === key;
      });
    return {
      value: micros.map(([, key]) => ['r', key, seen(key) ? key : r.chance(1, 60) ? 99 : null]),
    };
  },
};
type Micro = readonly [f: string, key: Value, value: Value];

const queues: Shaky = {
  ask: (r, n) =>
    r.chance(1, 2) ? { f: 'enqueue', key: 1, value: n } : { f: 'dequeue', key: 1, value: null },
  answer(r, asked, done) {
    if (asked.f === 'enqueue') return {};
    const all = done.filter((a) => a.f === 'enqueue');
    return { value: all.length > 0 && r.chance(2, 3) ? (r.pick(all) as Asked).value : null };
  },
};

const ok = (call: Call): boolean => call.end?.type === 'ok';
const mayBe = (call: Call): boolean => call.end?.type !== 'fail';
const list = (call: Call): readonly Value[] => call.end?.value as readonly Value[];

/** Pairs of operations of one key. */
function some(calls: Calls, holds: (a: Call, b: Call) => boolean): boolean {
  return calls.all.some((a) => calls.all.some((b) => a.invoke.key === b.invoke.key && holds(a, b)));
}

const readOf = (call: Call): boolean => call.invoke.f === 'read' && ok(call);

/** In a read and nobody had tried to add it, or it failed; no element is added twice here. */
const strange = (calls: Calls): boolean =>
  calls.all.some(
    (read) =>
      readOf(read) &&
      list(read).some(
        (e) =>
          !calls.all.some(
            (a) =>
              a.invoke.f === 'append' &&
              a.invoke.key === read.invoke.key &&
              mayBe(a) &&
              a.call < read.ret &&
              a.invoke.value === e,
          ),
      ),
  );

/** A read that misses an element that was acknowledged, or seen to the end, before it began. */
function misses(calls: Calls, alsoLater: boolean): boolean {
  return some(calls, (known, read) => {
    if (!ok(known) || !readOf(read) || known.ret > read.call) return false;
    const elements = known.invoke.f === 'append' ? [known.invoke.value] : list(known);
    return elements.some((e) => {
      const tried = calls.all.some(
        (a) => a.invoke.f === 'append' && mayBe(a) && a.invoke.value === e,
      );
      if (!tried || list(read).includes(e)) return false;
      const later = some(
        calls,
        (_, other) =>
          readOf(other) &&
          other.invoke.key === read.invoke.key &&
          other.call > read.call &&
          list(other).includes(e),
      );
      return alsoLater || !later;
    });
  });
}

/** What the twin says is wrong, by definition. */
const TWINS: readonly (readonly [name: string, shaky: Shaky, wrong: (calls: Calls) => boolean])[] =
  [
    ['set', lists, wrongAtTheEnd],
    ['bank', accounts, wrongBalances],
    ['long-fork', forks, forked],
    ['monotonic-reads', registers, (calls) => strangeRegisters(calls) || backwards(calls)],
    ['pram', lists, (calls) => listsBreak(calls, 'pram')],
    ['causal', lists, (calls) => listsBreak(calls, 'causal')],
    ['set-full', lists, (calls) => strange(calls) || misses(calls, false)],
    ['set-full-linearizable', lists, (calls) => strange(calls) || misses(calls, true)],
    ['counter', counters, outOfBounds],
    [
      'unique-ids',
      { ...counters, ask: (r) => ({ f: 'add', key: r.below(2), value: 1 }) },
      (calls) =>
        some(calls, (a, b) => a !== b && ok(a) && ok(b) && a.end?.result === b.end?.result),
    ],
    ['total-queue', queues, wrongTotal],
    ['read-your-writes', registers, (calls) => registersBreak(calls, 'own')],
    ['pram', registers, (calls) => registersBreak(calls, 'pram')],
    ['causal', registers, (calls) => registersBreak(calls, 'causal')],
    [
      'read-your-writes',
      lists,
      (calls) =>
        strange(calls) ||
        some(
          calls,
          (a, b) =>
            a.invoke.f === 'append' &&
            ok(a) &&
            readOf(b) &&
            after(a, b) &&
            !list(b).includes(a.invoke.value),
        ),
    ],
    [
      'monotonic-reads',
      lists,
      (calls) =>
        strange(calls) ||
        some(
          calls,
          (a, b) =>
            readOf(a) && readOf(b) && after(a, b) && list(a).some((e) => !list(b).includes(e)),
        ),
    ],
    [
      'monotonic-writes',
      lists,
      (calls) =>
        strange(calls) ||
        outOfOrder(calls, (a, b) =>
          a.invoke.f === 'append' && ok(a) && after(a, b) ? [a.invoke.value] : [],
        ),
    ],
    [
      'writes-follow-reads',
      lists,
      (calls) =>
        strange(calls) ||
        outOfOrder(calls, (a, b) =>
          readOf(a) && after(a, b) && lastBefore(calls, a, b) ? list(a) : [],
        ),
    ],
  ];

/** The same session, later. */
const after = (a: Call, b: Call): boolean =>
  a.invoke.process === b.invoke.process && a.ret < b.call;

/** No other read of the key lies between: what an earlier one saw and this did not is for monotonic reads. */
const lastBefore = (calls: Calls, a: Call, b: Call): boolean =>
  !calls.all.some((c) => readOf(c) && c.invoke.key === a.invoke.key && after(a, c) && after(c, b));

/** An append b is read without, or before, what must come first. */
function outOfOrder(calls: Calls, first: (a: Call, b: Call) => readonly Value[]): boolean {
  return some(
    calls,
    (a, b) =>
      b.invoke.f === 'append' &&
      mayBe(b) &&
      first(a, b).some((e) =>
        some(calls, (_, read) => {
          if (!readOf(read) || read.invoke.key !== b.invoke.key) return false;
          const [x, y] = [list(read).indexOf(e), list(read).indexOf(b.invoke.value)];
          return y >= 0 && (x < 0 || x > y);
        }),
      ),
  );
}

/** The last read of a key (after the last acknowledged addition, if there is one) lacks one, or shows a strange one. */
function wrongAtTheEnd(calls: Calls): boolean {
  return [0, 1].some((key) => {
    const own = calls.all.filter(({ invoke }) => invoke.key === key);
    const acked = own.filter((call) => call.invoke.f === 'append' && ok(call));
    const reads = own.filter(readOf);
    const after = reads.filter((read) => acked.every((add) => add.ret < read.call));
    const end = after.at(-1) ?? reads.at(-1);
    if (end === undefined) return false;
    const lost = acked.some((add) => add.ret < end.call && !list(end).includes(add.invoke.value));
    const others = own.filter((call) => !readOf(call));
    return lost || strange({ ...calls, all: [...others, end] });
  });
}

function wrongBalances({ all }: Calls): boolean {
  const reads = all.filter(readOf).map((read) => list(read) as readonly number[]);
  const sum = (of: readonly number[]): number => of.reduce((a, b) => a + b, 0);
  return reads.some(
    (a) =>
      a.some((balance) => balance < 0) ||
      reads.some((b) => sum(a) !== sum(b) || a.length !== b.length),
  );
}

function forked({ all }: Calls): boolean {
  const micros = (call: Call): readonly Micro[] =>
    (ok(call) ? list(call) : call.invoke.value) as never;
  const reads = all.filter((call) => ok(call) && micros(call)[0]?.[0] === 'r').map(micros);
  const written = new Set(
    all.filter((call) => mayBe(call) && micros(call)[0]?.[0] === 'w').map((c) => micros(c)[0]?.[1]),
  );
  const odd = reads.some((read) =>
    read.some(([, key, value]) => value !== null && (value !== key || !written.has(key))),
  );
  const sees = (read: readonly Micro[], at: number): boolean => read[at]?.[2] !== null;
  const opposite = reads.some((a) =>
    reads.some(
      (b) => a[0]?.[1] === b[0]?.[1] && sees(a, 0) && !sees(a, 1) && !sees(b, 0) && sees(b, 1),
    ),
  );
  return odd || opposite;
}

const writerOf = ({ all }: Calls, read: Call): Call | undefined =>
  all.find(
    (w) =>
      w.invoke.f === 'write' &&
      w.invoke.key === read.invoke.key &&
      mayBe(w) &&
      w.invoke.value === read.end?.value,
  );

const strangeRegisters = (calls: Calls): boolean =>
  calls.all.some(
    (r) => readOf(r) && r.end?.value !== null && (writerOf(calls, r)?.call ?? Infinity) > r.ret,
  );

/** One value, then another, then the first one again; or the initial one after another. */
function backwards(calls: Calls): boolean {
  const reads = calls.all.filter(readOf);
  const value = (call: Call): Value | undefined => call.end?.value;
  const later = (a: Call, b: Call): boolean => after(a, b) && a.invoke.key === b.invoke.key;
  return reads.some((b) =>
    reads.some(
      (c) =>
        later(b, c) &&
        value(b) !== value(c) &&
        (value(c) === null || reads.some((a) => later(a, b) && value(a) === value(c))),
    ),
  );
}

/** A read lacks an element that lies in its past, or an order is wrong. The past is closed by brute force. */
function listsBreak(calls: Calls, how: 'pram' | 'causal'): boolean {
  if (strange(calls)) return true;
  const { all } = calls;
  const adds = all.filter((call) => call.invoke.f === 'append' && mayBe(call));
  const reads = all.filter(readOf);
  const shows = (read: Call, add: Call): boolean =>
    read.invoke.key === add.invoke.key && list(read).includes(add.invoke.value);
  const gone = reads.some((a) =>
    reads.some(
      (b) =>
        after(a, b) && a.invoke.key === b.invoke.key && list(a).some((e) => !list(b).includes(e)),
    ),
  );
  const swapped = outOfOrder(calls, (a, b) =>
    a.invoke.f === 'append' && ok(a) && after(a, b) ? [a.invoke.value] : [],
  );
  if (gone || swapped) return true;
  if (how === 'pram')
    return reads.some((r) =>
      adds.some(
        (add) =>
          ok(add) &&
          add.invoke.key === r.invoke.key &&
          !shows(r, add) &&
          (after(add, r) ||
            reads.some(
              (seen) =>
                (seen === r || after(seen, r)) &&
                adds.some((w) => shows(seen, w) && (w === add || after(add, w))),
            )),
      ),
    );
  const early = outOfOrder(calls, (a, b) =>
    readOf(a) && after(a, b) && lastBefore(calls, a, b) ? list(a) : [],
  );
  const closed = new Map(
    all.map((a) => [
      a,
      new Set(all.filter((b) => after(a, b) || (readOf(b) && adds.includes(a) && shows(b, a)))),
    ]),
  );
  for (const k of all)
    for (const a of all)
      if (closed.get(a)?.has(k)) for (const b of closed.get(k) ?? []) closed.get(a)?.add(b);
  const missing = reads.some((r) =>
    adds.some(
      (add) =>
        ok(add) &&
        add.invoke.key === r.invoke.key &&
        !shows(r, add) &&
        closed.get(add)?.has(r) === true,
    ),
  );
  return early || missing;
}

function outOfBounds({ all }: Calls): boolean {
  return all.some((call) => {
    const saw = call.invoke.f === 'read' ? call.end?.value : call.end?.result;
    if (!ok(call) || saw === undefined) return false;
    // Every subset of what may have happened, with all of what must.
    const others = all.filter(
      (a) =>
        a !== call &&
        a.invoke.f === 'add' &&
        a.invoke.key === call.invoke.key &&
        mayBe(a) &&
        a.call < call.ret,
    );
    const must = others.filter((a) => ok(a) && a.ret < call.call);
    const may = others.filter((a) => !must.includes(a)).map((a) => a.invoke.value as number);
    const start = must.reduce(
      (n, a) => n + (a.invoke.value as number),
      call.invoke.f === 'add' ? (call.invoke.value as number) : 0,
    );
    let [low, high] = [start, start];
    for (let chosen = 0; chosen < 2 ** may.length; chosen++) {
      const sum = may.reduce((n, delta, i) => n + ((chosen >> i) & 1) * delta, start);
      [low, high] = [Math.min(low, sum), Math.max(high, sum)];
    }
    return (saw as number) < low || (saw as number) > high;
  });
}

function wrongTotal({ all }: Calls): boolean {
  const outs = all.filter((c) => c.invoke.f === 'dequeue' && ok(c) && c.end?.value !== null);
  const puts = all.filter((c) => c.invoke.f === 'enqueue');
  const of = (out: Call): Call | undefined => puts.find((p) => p.invoke.value === out.end?.value);
  const strangeOut = outs.some((out) => {
    const put = of(out);
    return put === undefined || !mayBe(put) || put.call > out.ret;
  });
  const twice = outs.some((a) => outs.some((b) => a !== b && a.end?.value === b.end?.value));
  const empty = all.findLast((c) => c.invoke.f === 'dequeue' && ok(c) && c.end?.value === null);
  const crashed = all.filter(
    (c) => c.invoke.f === 'dequeue' && c.end?.type !== 'ok' && c.end?.type !== 'fail',
  );
  const lost = puts.filter(
    (p) =>
      ok(p) &&
      empty !== undefined &&
      p.ret < empty.call &&
      !outs.some((o) => o.end?.value === p.invoke.value),
  );
  return strangeOut || twice || lost.length > crashed.length;
}

/** The bad patterns over a relation that is closed by brute force. */
function registersBreak({ all }: Calls, how: 'own' | 'pram' | 'causal'): boolean {
  const writer = (read: Call): Call | undefined =>
    all.find(
      (w) =>
        w.invoke.f === 'write' &&
        w.invoke.key === read.invoke.key &&
        mayBe(w) &&
        w.invoke.value === read.end?.value,
    );
  const reads = all.filter(readOf);
  const stray = reads.some((r) => r.end?.value !== null && (writer(r)?.call ?? Infinity) > r.ret);
  if (stray) return true;
  const rf = (a: Call, b: Call): boolean => readOf(b) && writer(b) === a;
  const direct = (a: Call, b: Call): boolean => after(a, b) || rf(a, b);
  const closed = new Map(all.map((a) => [a, new Set(all.filter((b) => direct(a, b)))]));
  for (const k of all)
    for (const a of all)
      if (closed.get(a)?.has(k)) for (const b of closed.get(k) ?? []) closed.get(a)?.add(b);
  const before = (a: Call, b: Call): boolean => closed.get(a)?.has(b) === true;
  /** Does w lie in what the session of r must have by then? */
  const must = (w: Call, r: Call): boolean => {
    if (how === 'own') return ok(w) && after(w, r);
    if (how === 'causal') return before(w, r);
    return (
      after(w, r) ||
      all.some(
        (seen) => after(seen, r) && all.some((w2) => rf(w2, seen) && (w2 === w || after(w, w2))),
      )
    );
  };
  const older = (w1: Call | undefined, w2: Call): boolean =>
    w1 === undefined || (how === 'causal' ? before(w1, w2) : after(w1, w2));
  const overwritten = reads.some((r) =>
    all.some(
      (w) =>
        w.invoke.f === 'write' &&
        w.invoke.key === r.invoke.key &&
        mayBe(w) &&
        w !== writer(r) &&
        must(w, r) &&
        older(writer(r), w),
    ),
  );
  // Monotonic reads: one value, then another, then the first one again.
  const again = reads.some((a) =>
    reads.some((b) =>
      reads.some(
        (c) =>
          after(a, b) &&
          after(b, c) &&
          a.invoke.key === b.invoke.key &&
          b.invoke.key === c.invoke.key &&
          writer(a) === writer(c) &&
          writer(a) !== writer(b),
      ),
    ),
  );
  return overwritten || (how !== 'own' && again);
}

describe.each(TWINS)('%s (%#)', (name, shaky, wrong) => {
  test('agrees with its twin', () => {
    const r = random(20);
    const seen = { true: 0, false: 0 };
    for (let i = 0; i < HISTORIES; i++) {
      const history = randomHistory(r, shaky);
      const verdict = judgeProperty(history, propertyNamed(name) as Property);
      const expected = wrong(callsOf(history));
      seen[`${expected}`]++;
      if (verdict.valid === 'unknown') expect(verdict.reason).toBe('nothing-to-check');
      else expect(verdict.valid, JSON.stringify(history.events)).toBe(!expected);
      if (expected) expect(verdict.valid).toBe(false);
    }
    expect(Math.min(seen.true, seen.false)).toBeGreaterThan(HISTORIES / 50);
  });
});
