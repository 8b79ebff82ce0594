/**
 * Copies of a history with one broken guarantee: a read shows nothing, of a key of which its session must
 * know. The copy ends where that read does, so that it costs little however long the history is.
 */
import { type Call, asUnknown } from '../calls.ts';
import { type Calls, answering, isOk } from './property.ts';
import { type Key, type Look, type Sessions, isSure, sessionsOf } from './session-history.ts';
import type { Guarantee } from './session-missed.ts';

/** What of the past makes it sure that a session knows of a key. */
type Knows = 'own' | 'seen' | 'told';

/** Which guarantees ask for it. */
const ASKED: Readonly<Record<Knows, readonly Guarantee[]>> = {
  own: ['read-your-writes', 'pram', 'causal'],
  seen: ['monotonic-reads', 'pram', 'causal'],
  told: ['pram', 'causal'],
};

/** One copy for each way in which a session can know of a key, the first place for each. */
export function plantInSessions(calls: Calls, included: readonly Guarantee[]): readonly Calls[] {
  const sessions = sessionsOf(calls);
  if (typeof sessions === 'string') return [];
  const wanted = (['own', 'seen', 'told'] as const).filter((how) =>
    ASKED[how].some((guarantee) => included.includes(guarantee)),
  );
  const found = firstLooks(sessions, wanted);
  return [...found.values()].map((look) => {
    const nothing = { value: look.list ? [] : (calls.header.initial ?? null) };
    return upTo(answering(calls, look.call, nothing), look.call);
  });
}

/** The first reads that show something of a key of which their sessions know in each way. */
function firstLooks({ moments }: Sessions, wanted: readonly Knows[]): ReadonlyMap<Knows, Look> {
  const found = new Map<Knows, Look>();
  const known: Record<Knows, Known> = { own: new Map(), seen: new Map(), told: new Map() };
  for (const moment of moments) {
    if (found.size === wanted.length) break;
    if ('write' in moment) {
      const { session, key, seq } = moment.write;
      if (isSure(moment.write)) know(known.own, session, key, seq);
      continue;
    }
    const { look } = moment;
    if (look.saw.length === 0) continue;
    if (look.call.invoke.f === 'read' && isOk(look.call))
      for (const how of wanted)
        if (!found.has(how) && known[how].get(look.session)?.has(look.key) === true)
          found.set(how, look);
    know(known.seen, look.session, look.key);
    // Of what the other session had surely written before, the first key says enough.
    for (const { session, seq } of look.saw.slice(-1)) {
      const [first] = known.own.get(session) ?? [];
      if (first !== undefined && first[1] < seq && session !== look.session)
        know(known.told, look.session, first[0]);
    }
  }
  return found;
}

/** By session, the keys that it knows of, in order, and by which of its steps. */
type Known = Map<number, Map<Key, number>>;

function know(known: Known, session: number, key: Key, seq = 0): void {
  const keys = known.get(session);
  if (keys === undefined) known.set(session, new Map([[key, seq]]));
  else if (!keys.has(key)) keys.set(key, seq);
}

/** The history until a call returns; what was open then stays open. */
function upTo(calls: Calls, last: Call): Calls {
  const all = calls.all.filter(({ call }) => call < last.ret);
  return { ...calls, all: all.map((call) => (call.ret > last.ret ? asUnknown(call) : call)) };
}
