/**
 * Small random histories for the tests of the checkers: half of them really run on an object (so
 * that many are linearizable), some corrupted afterwards in one place.
 */
import type { Op, Outcome, Value } from '../base/operation.ts';
import type { Random } from '../base/random.ts';
import type { HistoryEvent } from '../history/event.ts';

/** What is run: the object, and how its clients behave. */
export interface Family {
  readonly name: string;
  readonly initial: Value;
  /** An operation that a client asks for. `n` counts up: for values that are written once. */
  op(r: Random, n: number): Op;
  /** What the real object does. */
  apply(state: Value, op: Op): { state: Value; outcome: Outcome };
  /** What a liar answers. */
  lie(r: Random, op: Op, n: number): Outcome;
}

export interface Shape {
  readonly operationsMin?: number;
  readonly operationsMax?: number;
  readonly processesMax?: number;
  /** Always really run, never corrupted: linearizable. */
  readonly sound?: boolean;
}

interface Running {
  readonly op: Op;
  outcome: Outcome | undefined;
}

/** Events of one key, 2 to 9 operations, up to 5 processes, 0 to 40 % without a known outcome. */
export function randomEvents(r: Random, family: Family, shape: Shape = {}): HistoryEvent[] {
  const operations = r.between(shape.operationsMin ?? 2, shape.operationsMax ?? 9);
  const processes = r.between(1, shape.processesMax ?? 5);
  const lost = r.pick([0, 0, 20, 40]);
  const really = shape.sound === true || r.chance(1, 2);
  const events: HistoryEvent[] = [];
  const running = new Map<number, Running>();
  const ghosts: Running[] = [];
  let state = family.initial;
  let started = 0;
  let retired = processes;
  const names = Array.from({ length: processes }, (_, p) => p);
  const emit = (process: number, type: HistoryEvent['type'], op: Op, outcome?: Outcome): void => {
    const time = events.length;
    const base = { index: time, process, type, f: op.f, key: 1, time };
    if (outcome === undefined) events.push({ ...base, value: op.value });
    else if (outcome.type === 'ok') events.push({ ...base, ...outcome });
    else events.push({ ...base, value: op.value, ...outcome });
  };
  const effect = (it: Running): void => {
    const done = family.apply(state, it.op);
    state = done.state;
    it.outcome = done.outcome;
  };
  for (
    let step = 0;
    step < 60 + 20 * operations && (started < operations || running.size > 0);
    step++
  ) {
    const ghost = ghosts[0];
    if (ghost !== undefined && r.chance(1, 4)) effect(ghosts.shift() as Running);
    const slot = r.below(processes);
    const process = names[slot] as number;
    const it = running.get(process);
    if (it === undefined) {
      if (started >= operations) continue;
      const op = family.op(r, ++started);
      running.set(process, { op, outcome: undefined });
      emit(process, 'invoke', op);
    } else if (it.outcome === undefined && r.chance(lost, 100)) {
      ghosts.push(it);
      running.delete(process);
      if (r.chance(1, 2)) emit(process, 'info', it.op, { type: 'info', error: 'timeout' });
      names[slot] = retired++;
    } else if (it.outcome === undefined) {
      if (really) effect(it);
      else it.outcome = family.lie(r, it.op, started);
    } else {
      running.delete(process);
      emit(process, it.outcome.type, it.op, it.outcome);
    }
  }
  if (shape.sound !== true && r.chance(1, 3)) corrupt(r, events, family, started);
  return events;
}

/** Another answer to one operation, or two events of different processes in the other order. */
function corrupt(r: Random, events: HistoryEvent[], family: Family, n: number): void {
  const i = r.below(events.length);
  const event = events[i] as HistoryEvent;
  if (event.type === 'ok') {
    const lie = family.lie(r, { f: event.f, key: 1, value: event.value }, n);
    const { index, process, f, key, time } = event;
    events[i] = { index, process, f, key: key ?? 1, time, value: event.value, ...lie };
    return;
  }
  const other = events[i + 1];
  if (other === undefined || other.process === event.process) return;
  events[i] = { ...other, index: event.index, time: event.time };
  events[i + 1] = { ...event, index: other.index, time: other.time };
}

const ok = (value: Value, result?: Value): Outcome =>
  result === undefined ? { type: 'ok', value } : { type: 'ok', value, result };
const op = (f: string, value: Value = null): Op => ({ f, key: 1, value });

/** A register. `values`: how many different ones; 0: each write brings a new one. */
export function registerFamily(values: number, initial: Value = null): Family {
  const fresh = (r: Random, n: number): Value => (values === 0 ? n : r.between(1, values));
  const known = (r: Random, n: number): Value => {
    const v = r.between(0, values === 0 ? n : values);
    return v === 0 ? initial : v;
  };
  const fs = ['read', 'read', 'write', 'cas', 'cas', 'getset', 'delete0'];
  return {
    name: `register of ${values === 0 ? 'unique' : values} values from ${JSON.stringify(initial)}`,
    initial,
    op(r, n) {
      const f = r.pick(fs);
      if (f === 'cas') return op(f, [known(r, n), fresh(r, n)]);
      if (f === 'delete0') return values === 0 || r.chance(1, 2) ? op('read') : op('delete');
      return op(f, f === 'read' ? null : fresh(r, n));
    },
    apply(state, { f, value }) {
      if (f === 'read') return { state, outcome: ok(state) };
      if (f === 'write') return { state: value, outcome: ok(value) };
      if (f === 'getset') return { state: value, outcome: ok(value, state) };
      if (f === 'delete') return { state: null, outcome: ok(null, state === null ? 0 : 1) };
      const [from, to] = value as readonly [Value, Value];
      return state === from
        ? { state: to, outcome: ok(value) }
        : { state, outcome: { type: 'fail', error: 'mismatch', observed: state } };
    },
    lie(r, { f, value }, n) {
      if (f === 'read') return ok(known(r, n));
      if (f === 'write') return r.chance(1, 9) ? { type: 'fail', error: 'LOST' } : ok(value);
      if (f === 'getset') return ok(value, known(r, n));
      if (f === 'delete') return ok(null, r.below(2));
      return r.chance(1, 2)
        ? ok(value)
        : { type: 'fail', error: 'mismatch', observed: known(r, n) };
    },
  };
}

/** A register whose values are written once each, and to which 1 or 2 is added too. */
export function mixedFamily(initial: Value): Family {
  const register = registerFamily(0, initial);
  return {
    name: `register with adds from ${JSON.stringify(initial)}`,
    initial,
    op(r, n) {
      if (r.chance(1, 3)) return op('add', r.between(1, 2));
      const base = register.op(r, n);
      return base.f === 'write'
        ? op('write', n * 1000)
        : base.f === 'cas'
          ? op('cas', [initial, n * 1000])
          : op('read');
    },
    apply(state, it) {
      if (it.f !== 'add') return register.apply(state, it);
      const sum = ((state as number | null) ?? 0) + (it.value as number);
      return { state: sum, outcome: ok(it.value, sum) };
    },
    lie(r, it, n) {
      const sum = r.between(0, n) * 1000 + r.between(0, 3);
      if (it.f === 'add') return ok(it.value, sum);
      return it.f === 'read'
        ? ok(sum === 0 && r.chance(1, 2) ? null : sum)
        : register.lie(r, it, n);
    },
  };
}

/** A counter of one step. `answers`: of ten additions, how many are told the sum. */
export function counterFamily(step: number, initial: Value, answers = 10): Family {
  const any = (r: Random, n: number): Value => {
    const places = r.between(0, n);
    return places === 0 && r.chance(1, 2) ? initial : ((initial as number) ?? 0) + places * step;
  };
  const told = (sum: number): boolean => answers === 10 || (Math.abs(sum) * 7) % 10 < answers;
  return {
    name: `counter of ${step} from ${JSON.stringify(initial)}${answers < 10 ? `, ${answers} of 10 told` : ''}`,
    initial,
    op: (r) => (r.chance(3, 5) ? op('add', step) : op('read')),
    apply(state, { f, value }) {
      if (f === 'read') return { state, outcome: ok(state) };
      const sum = ((state as number | null) ?? 0) + step;
      return { state: sum, outcome: told(sum) ? ok(value, sum) : ok(value) };
    },
    lie(r, { f, value }, n) {
      const sum = any(r, n);
      return f === 'read' ? ok(sum) : told(sum as number) ? ok(value, sum) : ok(value);
    },
  };
}

/** A list that is appended to. `answers`: of ten appends, how many are told the length. */
export function listFamily(answers: number): Family {
  const told = (n: number): boolean => (n * 7) % 10 < answers;
  return {
    name: `list with ${answers} of 10 answers`,
    initial: null,
    op: (r, n) => (r.chance(3, 5) ? op('append', n) : op('read')),
    apply(state, { f, value }) {
      const list = (state as readonly Value[] | null) ?? [];
      if (f === 'read') return { state, outcome: ok(list.length === 0 ? state : list) };
      const after = [...list, value];
      return { state: after, outcome: told(value as number) ? ok(value, after.length) : ok(value) };
    },
    lie(r, { f, value }, n) {
      if (f === 'append') return told(value as number) ? ok(value, r.between(1, n)) : ok(value);
      const list = Array.from({ length: n }, (_, i) => i + 1).filter(() => r.chance(2, 3));
      return ok(r.chance(1, 3) ? r.shuffle(list) : list);
    },
  };
}

/** A queue. `fifo`: in order. Of `values` elements (0: each put in once). `tells`: nil where it is empty. */
export function queueFamily(fifo: boolean, values: number, tells = false): Family {
  return {
    name: `${fifo ? 'queue' : 'bag'} of ${values === 0 ? 'unique' : values} elements${tells ? ', seen empty' : ''}`,
    initial: null,
    op: (r, n) =>
      r.chance(1, 2) ? op('enqueue', values === 0 ? n : r.between(1, values)) : op('dequeue'),
    apply(state, { f, value }) {
      const list = (state as readonly Value[] | null) ?? [];
      if (f === 'enqueue') return { state: [...list, value], outcome: ok(value) };
      if (list.length === 0)
        return { state, outcome: tells ? ok(null) : { type: 'fail', error: 'empty' } };
      const at = fifo ? 0 : list.length >> 1;
      return { state: list.toSpliced(at, 1), outcome: ok(list[at] as Value) };
    },
    lie(r, { f, value }, n) {
      if (f === 'enqueue') return ok(value);
      if (r.chance(1, 5)) return tells ? ok(null) : { type: 'fail', error: 'empty' };
      return ok(r.between(1, n));
    },
  };
}

/** A stack, of `values` elements (0: each pushed once). `tells`: nil where it is empty. */
export function stackFamily(values: number, tells = false): Family {
  return {
    name: `stack of ${values === 0 ? 'unique' : values} elements${tells ? ', seen empty' : ''}`,
    initial: null,
    op: (r, n) =>
      r.chance(1, 2) ? op('push', values === 0 ? n : r.between(1, values)) : op('pop'),
    apply(state, { f, value }) {
      const list = (state as readonly Value[] | null) ?? [];
      if (f === 'push') return { state: [...list, value], outcome: ok(value) };
      if (list.length === 0)
        return { state, outcome: tells ? ok(null) : { type: 'fail', error: 'empty' } };
      return { state: list.slice(0, -1), outcome: ok(list.at(-1) as Value) };
    },
    lie(r, { f, value }, n) {
      if (f === 'push') return ok(value);
      if (r.chance(1, 5)) return tells ? ok(null) : { type: 'fail', error: 'empty' };
      return ok(r.between(1, values === 0 ? n : values));
    },
  };
}

/** A set. `removes`: elements are also removed, and asked for one by one. `wholes`: it is also read as a whole. */
export function setFamily(removes: boolean, wholes = true): Family {
  return {
    name: `${removes ? 'set with removals' : 'set that only grows'}${wholes ? '' : ', by element'}`,
    initial: null,
    op(r, n) {
      if (removes && r.chance(1, 3))
        return op(r.pick(['remove', 'contains', 'contains']), r.between(1, n));
      if (!wholes) return op(r.pick(['add', 'contains']), r.between(1, 3));
      return r.chance(1, 2) ? op('add', n) : op('read');
    },
    apply(state, { f, value }) {
      const set = (state as readonly Value[] | null) ?? [];
      if (f === 'add') return { state: [...set, value], outcome: ok(value) };
      if (f === 'remove') return { state: set.filter((e) => e !== value), outcome: ok(value) };
      if (f === 'contains') return { state, outcome: ok(value, Number(set.includes(value))) };
      return { state, outcome: ok(set) };
    },
    lie(r, { f, value }, n) {
      if (f === 'contains') return ok(value, r.below(2));
      if (f !== 'read') return ok(value);
      return ok(Array.from({ length: n }, (_, i) => i + 1).filter(() => r.chance(2, 3)));
    },
  };
}

/** A lock. */
export function mutexFamily(): Family {
  return {
    name: 'mutex',
    initial: null,
    op: (r) => op(r.pick(['acquire', 'release'])),
    apply(state, { f }) {
      const right = (state === 1) === (f === 'release');
      return right
        ? { state: f === 'acquire' ? 1 : null, outcome: ok(null) }
        : { state, outcome: { type: 'fail', error: 'refused' } };
    },
    lie: (r) => (r.chance(1, 2) ? ok(null) : { type: 'fail', error: 'refused' }),
  };
}

/** A text per key: get, put, append. */
export function textFamily(): Family {
  return {
    name: 'text',
    initial: null,
    op: (r, n) => {
      const f = r.pick(['get', 'put', 'append', 'append']);
      return op(f, f === 'get' ? null : `${n % 4}`);
    },
    apply(state, { f, value }) {
      const text = (state as string | null) ?? '';
      if (f === 'get') return { state, outcome: ok(text) };
      return { state: f === 'put' ? value : `${text}${value as string}`, outcome: ok(value) };
    },
    lie: (r, { f, value }, n) =>
      f === 'get'
        ? ok(Array.from({ length: r.below(4) }, () => r.between(0, n) % 4).join(''))
        : ok(value),
  };
}

/** Two registers, read and written at once or alone. `together`: always both, all read or all written. */
export function multiRegisterFamily(together = false): Family {
  const micros = (r: Random): Value => {
    const reads = r.chance(1, 2);
    return r
      .shuffle([1, 2])
      .slice(0, together ? 2 : r.between(1, 2))
      .map((key) =>
        (together ? reads : r.chance(1, 2)) ? ['r', key, null] : ['w', key, r.between(1, 3)],
      );
  };
  return {
    name: together ? 'two registers, always both' : 'two registers',
    initial: null,
    op: (r) => op('txn', micros(r)),
    apply(state, { value }) {
      const now = new Map((state as readonly (readonly [number, Value])[] | null) ?? []);
      const saw = (value as readonly (readonly [string, number, Value])[]).map(([f, key, v]) => {
        if (f === 'w') now.set(key, v);
        return [f, key, now.get(key) ?? null];
      });
      return { state: [...now], outcome: ok(saw as Value) };
    },
    lie: (r, { value }) =>
      ok(
        (value as readonly (readonly [string, number, Value])[]).map(([f, key, v]) => [
          f,
          key,
          f === 'r' ? r.between(1, 3) : v,
        ]),
      ),
  };
}
