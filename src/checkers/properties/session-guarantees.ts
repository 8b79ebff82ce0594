/**
 * Session guarantees (Terry and others, 1994), PRAM and weak causal consistency (the bad patterns of
 * Bouajjani and others, 2017, which decide it where values are unique), in one pass.
 *
 * What a read may not miss is what lies in its past: its own session's earlier writes (read your writes),
 * what that session saw (monotonic reads), all that a session had written before a write that was seen
 * (PRAM), and what those had seen in turn (causal). A register misses a write if it shows one that lies
 * in that write's past, or the initial value; a list, if the element is not in it. Lists show in their
 * order also whether writes of a session were applied in order (monotonic writes) and after what it had
 * read (writes follow reads).
 *
 * Pasts are vectors of one count per session. A read is charged with the weakest guarantee that it breaks.
 */
import type { Anomaly } from '../verdict.ts';
import { chainBetween } from './session-chain.ts';
import {
  type Key,
  type Look,
  type Sessions,
  type Write,
  isSure,
  sessionsOf,
} from './session-history.ts';
import { verifySession } from './session-verify.ts';
import {
  type Calls,
  type Finding,
  type Property,
  answering,
  isOk,
  keyed,
  said,
} from './property.ts';

export const GUARANTEES = [
  'read-your-writes',
  'monotonic-reads',
  'monotonic-writes',
  'writes-follow-reads',
  'pram',
  'causal',
] as const;
export type Guarantee = (typeof GUARANTEES)[number];

/** What a stronger guarantee demands besides itself. */
const INCLUDES: Readonly<Record<Guarantee, readonly Guarantee[]>> = {
  'read-your-writes': ['read-your-writes'],
  'monotonic-reads': ['monotonic-reads'],
  'monotonic-writes': ['monotonic-writes'],
  'writes-follow-reads': ['writes-follow-reads'],
  pram: ['read-your-writes', 'monotonic-reads', 'monotonic-writes', 'pram'],
  causal: GUARANTEES,
};

const WANTS =
  'It wants sessions that read what they or others wrote: registers with unique values, or lists.';

function guarantee(name: string, demands: string, included: readonly Guarantee[]): Property {
  return {
    name,
    demands,
    wants: WANTS,
    judge: (calls) => judge(calls, included),
    verify: verifySession,
    plants: (calls) => plant(calls, included),
  };
}

/** All of them, and each by itself. */
export const sessionProperties: readonly Property[] = [
  guarantee(
    'session-guarantees',
    'every session guarantee holds, up to causal consistency',
    GUARANTEES,
  ),
  guarantee('read-your-writes', 'a session sees its own writes', INCLUDES['read-your-writes']),
  guarantee(
    'monotonic-reads',
    'a session never sees less than before',
    INCLUDES['monotonic-reads'],
  ),
  guarantee(
    'monotonic-writes',
    'writes of a session are applied in order (seen in lists)',
    INCLUDES['monotonic-writes'],
  ),
  guarantee(
    'writes-follow-reads',
    'a write comes after what its session had read (seen in lists)',
    INCLUDES['writes-follow-reads'],
  ),
  guarantee('pram', 'everyone sees the writes of a session in order', INCLUDES.pram),
  guarantee('causal', 'nobody misses what lies in the causal past of what it saw', INCLUDES.causal),
];

/** Counts of sessions times writes above which pasts would not fit into memory. */
const CELLS_MAX = 2e8;

/** Anomalies whose chain of operations is looked for. */
const EXPLAINED_MAX = 20;

function judge(calls: Calls, included: readonly Guarantee[]): Finding {
  const sessions = sessionsOf(calls);
  const nothing = { observed: 0, keys: 0, anomalies: [], figures: {} };
  if (typeof sessions === 'string') return { ...nothing, unfit: sessions };
  if (sessions.count * sessions.writes > CELLS_MAX)
    return { ...nothing, unfit: `${sessions.count} sessions are too many for so long a history.` };
  const pass = new Pass(sessions, included);
  const found = pass.run();
  const strange = sessions.strangers.map(({ call, value }): Anomaly => ({
    type: 'unexpected',
    ...keyed(call.invoke.key),
    why: `${said(call)} was answered with ${JSON.stringify(value)}, which nobody had written, or whose write failed.`,
    operations: [call.invoke.index],
    detail: { rule: 'stranger', element: value },
  }));
  const figures: Record<string, number> = {
    sessions: sessions.count,
    reads: pass.looked,
    keysLeftOut: sessions.skipped,
  };
  for (const name of included) figures[name] = pass.counts.get(name) ?? 0;
  return {
    observed: pass.demanding,
    keys: sessions.keys,
    anomalies: [...found, ...strange],
    figures,
  };
}

/** What a session remembers of one key. */
interface Memory {
  /** The last read, and the last read that saw each write. */
  last: Look | undefined;
  readonly seen: Map<Write | undefined, Look>;
}

/** What is known of one key. */
interface KeyPast {
  /** Acknowledged writes of each session, in order. */
  readonly sure: { readonly session: number; readonly writes: Write[] }[];
  readonly own: Map<number, Write[]>;
  readonly memories: Map<number, Memory>;
  /** Lists: the longest one that every longer one so far begins with. */
  spine: readonly Write[];
}

interface Missed {
  readonly type: Guarantee;
  /** The write that should have been seen. */
  readonly write: Write;
  /** What was seen instead: an older write; undefined: nothing. */
  readonly instead?: Write | undefined;
  readonly rule: 'missing' | 'again' | 'order' | 'follow';
  readonly through?: readonly Look[];
}

class Pass {
  looked = 0;
  /** Reads that break each guarantee; only the first are explained. */
  readonly counts = new Map<Guarantee, number>();
  /** Reads that had something to miss. */
  demanding = 0;
  readonly #sessions: Sessions;
  readonly #included: ReadonlySet<Guarantee>;
  readonly #anomalies: Anomaly[] = [];
  readonly #keys = new Map<Key, KeyPast>();
  /** By session: what it saw at first hand, and what lies in the past of that. */
  readonly #pram: Past[];
  readonly #causal: Past[];
  /** By write: what its session knew when it was sent, itself included; lists: what it had read of the key. */
  readonly #pasts: Past[] = [];
  readonly #read: (Look | undefined)[] = [];
  /** By write: its place in the list that is looked at, and the look for which that holds. */
  readonly #places: Int32Array;
  readonly #placedAt: Int32Array;
  /** By look at a list: how much of it is the spine of its key. */
  readonly #onSpine = new Map<Look, number>();

  constructor(sessions: Sessions, included: readonly Guarantee[]) {
    this.#sessions = sessions;
    this.#included = new Set(included);
    this.#pram = Array.from({ length: sessions.count }, () => EMPTY);
    this.#causal = Array.from({ length: sessions.count }, () => EMPTY);
    this.#places = new Int32Array(sessions.writes);
    this.#placedAt = new Int32Array(sessions.writes);
  }

  run(): readonly Anomaly[] {
    for (const moment of this.#sessions.moments)
      if ('write' in moment) this.#write(moment.write);
      else this.#look(moment.look);
    return this.#anomalies;
  }

  #key(key: Key): KeyPast {
    let past = this.#keys.get(key);
    if (past === undefined) {
      past = { sure: [], own: new Map(), memories: new Map(), spine: [] };
      this.#keys.set(key, past);
    }
    return past;
  }

  #write(write: Write): void {
    const { id, session, seq } = write;
    const key = this.#key(write.key);
    if (this.#included.has('causal')) {
      const causal = withCount(this.#causal[session] as Past, session, seq);
      this.#causal[session] = causal;
      this.#pasts[id] = causal.slice();
    }
    this.#read[id] = key.memories.get(session)?.last;
    if (!isSure(write)) return;
    const own = key.own.get(session);
    if (own !== undefined) own.push(write);
    else {
      const writes = [write];
      key.own.set(session, writes);
      key.sure.push({ session, writes });
    }
  }

  #look(look: Look): void {
    const { session, saw } = look;
    const key = this.#key(look.key);
    let memory = key.memories.get(session);
    if (memory === undefined)
      key.memories.set(session, (memory = { last: undefined, seen: new Map() }));
    this.looked++;
    if (saw.length > 0 || memory.last !== undefined || ownLast(key, look) !== undefined)
      this.demanding++;
    // A list that shows an element must show what that one's session knew of the list.
    if (look.list) this.#learn(look);
    const missed = look.list
      ? this.#missedInList(look, key, memory)
      : this.#missedInRegister(look, key, memory);
    if (missed !== undefined) {
      this.counts.set(missed.type, (this.counts.get(missed.type) ?? 0) + 1);
      if (this.#anomalies.length < EXPLAINED_MAX) this.#anomalies.push(this.#anomaly(look, missed));
    }
    memory.last = look;
    memory.seen.set(saw[0], look);
    if (!look.list) this.#learn(look);
  }

  #learn({ session, seq, saw }: Look): void {
    let pram = this.#pram[session] as Past;
    let causal = this.#causal[session] as Past;
    for (const write of saw) {
      if (countOf(pram, write.session) < write.seq)
        pram = withCount(pram, write.session, write.seq);
      // Whoever knows a write knows all that it knew.
      const past = this.#pasts[write.id];
      if (past !== undefined && countOf(causal, write.session) < write.seq)
        causal = raised(causal, past);
    }
    this.#pram[session] = withCount(pram, session, seq);
    if (this.#included.has('causal')) this.#causal[session] = withCount(causal, session, seq);
  }

  /** The weakest guarantee that a read of a register breaks. */
  #missedInRegister(look: Look, key: KeyPast, { last, seen }: Memory): Missed | undefined {
    const [saw] = look.saw;
    const own = ownLast(key, look);
    const older = (write: Write): boolean =>
      saw === undefined || (saw.session === write.session && saw.seq < write.seq);
    if (this.#included.has('read-your-writes') && own !== undefined && own !== saw && older(own))
      return { type: 'read-your-writes', write: own, instead: saw, rule: 'missing' };
    const before = last?.saw[0] === saw ? undefined : last?.saw[0];
    if (this.#included.has('monotonic-reads') && before !== undefined && last !== undefined) {
      const type = 'monotonic-reads';
      if (saw === undefined) return { type, write: before, rule: 'missing' };
      const again = seen.get(saw);
      if (again !== undefined)
        return { type, write: before, instead: saw, rule: 'again', through: [again, last] };
    }
    for (const type of ['pram', 'causal'] as const) {
      if (!this.#included.has(type)) continue;
      const behind = (write: Write): boolean =>
        older(write) || (type === 'causal' && this.#before(saw, write));
      const past = (type === 'pram' ? this.#pram : this.#causal)[look.session] as Past;
      const write =
        this.#knownBehind(look, key, past, behind) ??
        // A write that was seen happened, even if nobody told its client.
        (before !== undefined && behind(before) ? before : undefined);
      if (write !== undefined) return { type, write, instead: saw, rule: 'missing' };
    }
    return undefined;
  }

  /** Of the last known write of each session one that should have been seen instead. */
  #knownBehind(
    look: Look,
    { sure }: KeyPast,
    past: Past,
    behind: (write: Write) => boolean,
  ): Write | undefined {
    const [saw] = look.saw;
    for (const { session, writes } of sure) {
      // Nothing lies behind what was sent later; mostly that is all there is to say.
      if (saw !== undefined && (writes.at(-1) as Write).id < saw.id) continue;
      const write = latest(writes, countOf(past, session), look);
      if (write !== undefined && write !== saw && behind(write)) return write;
    }
    return undefined;
  }

  /** The weakest guarantee that a read of a list breaks. */
  #missedInList(look: Look, key: KeyPast, { last }: Memory): Missed | undefined {
    this.#takePlaces(look, key);
    const unseen = (write: Write): boolean => this.#placeOf(write) === undefined;
    const wants = (type: Guarantee): boolean => this.#included.has(type);
    if (wants('read-your-writes')) {
      const write = key.own.get(look.session)?.find(unseen);
      if (write !== undefined) return { type: 'read-your-writes', write, rule: 'missing' };
    }
    if (wants('monotonic-reads')) {
      const write = last?.saw.find(unseen);
      if (write !== undefined) return { type: 'monotonic-reads', write, rule: 'missing' };
    }
    const disorder =
      (wants('monotonic-writes') ? this.#swapped(look, key) : undefined) ??
      (wants('writes-follow-reads') ? this.#early(look) : undefined);
    if (disorder !== undefined) return disorder;
    for (const type of ['pram', 'causal'] as const) {
      if (!wants(type)) continue;
      const past = (type === 'pram' ? this.#pram : this.#causal)[look.session] as Past;
      for (const { session, writes } of key.sure) {
        const write = writes.find(unseen);
        if (write !== undefined && write.seq <= countOf(past, session))
          return { type, write, rule: 'missing' };
      }
    }
    return undefined;
  }

  #takePlaces(look: Look, key: KeyPast): void {
    const { saw } = look;
    for (const [place, { id }] of saw.entries()) {
      this.#places[id] = place;
      this.#placedAt[id] = this.looked;
    }
    let common = 0;
    while (common < saw.length && saw[common] === key.spine[common]) common++;
    if (common === key.spine.length) {
      key.spine = saw;
      common = saw.length;
    }
    this.#onSpine.set(look, common);
  }

  /** Undefined: the list that is looked at does not show it. */
  #placeOf({ id }: Write): number | undefined {
    return this.#placedAt[id] === this.looked ? this.#places[id] : undefined;
  }

  /** Appends of one session in the wrong order, or with a gap. */
  #swapped(look: Look, key: KeyPast): Missed | undefined {
    const type = 'monotonic-writes';
    const newest = new Map<number, Write>();
    for (const write of look.saw) {
      const before = newest.get(write.session);
      if (before !== undefined && before.seq > write.seq)
        return { type, write, instead: before, rule: 'order' };
      newest.set(write.session, write);
    }
    for (const [session, write] of newest) {
      const gap = key.own
        .get(session)
        ?.find((w) => w.seq < write.seq && this.#placeOf(w) === undefined);
      if (gap !== undefined) return { type, write: gap, instead: write, rule: 'order' };
    }
    return undefined;
  }

  /** An append that stands before what its session had read. */
  #early(look: Look): Missed | undefined {
    const common = this.#onSpine.get(look) ?? 0;
    for (const [place, write] of look.saw.entries()) {
      const read = this.#read[write.id];
      if (read === undefined) continue;
      const { length } = read.saw;
      // A beginning of this list, as nearly always.
      if (length <= place && length <= common && this.#onSpine.get(read) === length) continue;
      const late = read.saw.find((w) => (this.#placeOf(w) ?? Infinity) > place);
      if (late !== undefined)
        return {
          type: 'writes-follow-reads',
          write: late,
          instead: write,
          rule: 'follow',
          through: [read],
        };
    }
    return undefined;
  }

  /** Does a lie in the causal past of b? The initial value (undefined) lies in that of all. */
  #before(a: Write | undefined, b: Write): boolean {
    if (a === undefined) return true;
    return a.id < b.id && countOf(this.#pasts[b.id] ?? EMPTY, a.session) >= a.seq;
  }

  #anomaly(look: Look, missed: Missed): Anomaly {
    const { type, write, instead, rule, through = [] } = missed;
    const chain = (from: Write, to: Write | Look): readonly number[] =>
      chainBetween(this.#sessions, from, to).map(({ invoke }) => invoke.index);
    const index = (of: Write | Look): number => of.call.invoke.index;
    let operations: readonly number[];
    if (rule === 'missing')
      operations = [
        ...(instead === undefined ? [] : chain(instead, write).slice(0, -1)),
        ...chain(write, look),
      ];
    else if (rule === 'again') operations = [...through.map(index), index(look)];
    else if (rule === 'order') operations = [index(write), index(instead as Write), index(look)];
    else operations = [index(write), ...through.map(index), index(instead as Write), index(look)];
    const at = instead === undefined || rule !== 'missing' ? 0 : chain(instead, write).length - 1;
    return {
      type,
      ...keyed(look.key),
      why: sentence(look, missed),
      operations,
      detail: { rule, at },
    };
  }
}

function sentence(look: Look, { type, write, instead, rule, through = [] }: Missed): string {
  const read = said(look.call);
  const by = `process ${look.call.invoke.process}`;
  const shows =
    instead === undefined
      ? 'does not show it'
      : `shows ${JSON.stringify(instead.value)}, which is older`;
  switch (rule) {
    case 'again':
      return `${by} saw ${JSON.stringify(instead?.value)}, then ${JSON.stringify(write.value)}, then the first one again in ${read}.`;
    case 'order':
      return `${said(write.call)} came before ${said(instead?.call as Look['call'])} in its session, but ${read} shows the second without the first before it.`;
    case 'follow':
      return `${said(instead?.call as Look['call'])} was sent after ${said(through[0]?.call as Look['call'])} had shown ${JSON.stringify(write.value)}, but ${read} shows it without that before it.`;
    case 'missing':
      if (type === 'read-your-writes')
        return `${by} had completed ${said(write.call)}, but its ${read} ${shows}.`;
      if (type === 'monotonic-reads')
        return `${by} had seen ${said(write.call)} already, but its ${read} ${shows}.`;
      return `${said(write.call)} lies in the past of what ${by} had done and seen before (the operations between tell how), but its ${read} ${shows}.`;
  }
}

/** By session how many of its operations are known; what is beyond its end is 0. */
type Past = Int32Array;

const EMPTY: Past = new Int32Array(0);

function countOf(past: Past, session: number): number {
  return past[session] ?? 0;
}

/** With one count set. Changes the vector, or makes a longer one. */
function withCount(past: Past, session: number, count: number): Past {
  const vector = session < past.length ? past : longer(past, session + 1);
  vector[session] = count;
  return vector;
}

/** With each count the larger of the two. */
function raised(past: Past, by: Past): Past {
  const vector = by.length <= past.length ? past : longer(past, by.length);
  for (let i = 0; i < by.length; i++)
    if ((by[i] as number) > (vector[i] as number)) vector[i] = by[i] as number;
  return vector;
}

function longer(past: Past, length: number): Past {
  const vector = new Int32Array(length);
  vector.set(past);
  return vector;
}

/** The last acknowledged write of the session itself, not counting what the operation that reads writes itself. */
function ownLast({ own }: KeyPast, { session, call }: Look): Write | undefined {
  const writes = own.get(session);
  const last = writes?.at(-1);
  return last?.call === call ? writes?.at(-2) : last;
}

/** The last write up to a place in its session, not counting what the operation that reads writes itself. */
function latest(writes: readonly Write[], seq: number, look: Look): Write | undefined {
  let [low, high] = [0, writes.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((writes[middle] as Write).seq <= seq) low = middle + 1;
    else high = middle;
  }
  const last = writes[low - 1];
  return last?.call === look.call ? writes[low - 2] : last;
}

/** A copy in which a read shows nothing of what its session had written or seen. */
function plant(calls: Calls, included: readonly Guarantee[]): Calls[] {
  const sessions = sessionsOf(calls);
  if (typeof sessions === 'string') return [];
  const copies: Calls[] = [];
  const own = new Set<string>();
  const seen = new Set<string>();
  const take = (look: Look): void => {
    if (look.call.invoke.f !== 'read' || !isOk(look.call)) return;
    copies.push(
      answering(calls, look.call, { value: look.list ? [] : (calls.header.initial ?? null) }),
    );
  };
  for (const moment of sessions.moments) {
    const { session, key } = 'write' in moment ? moment.write : moment.look;
    const name = `${session} ${String(key)}`;
    if ('write' in moment) {
      if (isSure(moment.write)) own.add(name);
      continue;
    }
    const wanted =
      (included.includes('read-your-writes') && own.has(name)) ||
      (included.includes('monotonic-reads') && seen.has(name));
    if (moment.look.saw.length > 0 && wanted) take(moment.look);
    if (copies.length > 0) return copies;
    if (moment.look.saw.length > 0) seen.add(name);
  }
  return copies;
}
