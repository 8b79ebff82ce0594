/** Why one operation lies in the past of another: steps within sessions, and reads of writes. */
import type { Call } from '../calls.ts';
import type { Look, Moment, Write } from './session-history.ts';

/** Finds ways through one history. What comes right before each operation is noted when first asked. */
export class Chains {
  readonly #moments: readonly Moment[];
  #links: Links | undefined;

  constructor(moments: readonly Moment[]) {
    this.#moments = moments;
  }

  /**
   * A chain from one to the other, both included, through as few sessions as can be: of each only where it
   * is entered and left. The two alone if there is none.
   */
  between(from: Write, to: Write | Look): readonly Call[] {
    this.#links ??= linksOf(this.#moments);
    // What was over when the first one was called can hardly lie between.
    const way =
      this.#search(from.call, to.call, ({ ret }) => ret > from.call.call) ??
      this.#search(from.call, to.call, () => true);
    return way === undefined ? [from.call, to.call] : this.#turns(way);
  }

  /** Backwards: all that can be reached within sessions, then what those operations saw, and so on. */
  #search(from: Call, to: Call, within: (call: Call) => boolean): readonly Call[] | undefined {
    const { own, saw } = this.#links as Links;
    const then = new Map<Call, Call | undefined>();
    for (let level: [Call, Call | undefined][] = [[to, undefined]]; level.length > 0;) {
      const next: [Call, Call][] = [];
      for (const [call, later] of level) {
        if (then.has(call)) continue;
        then.set(call, later);
        if (call === from) return wayFrom(from, then);
        const before = own.get(call);
        if (before !== undefined && within(before)) level.push([before, call]);
        for (const write of saw.get(call) ?? []) if (within(write)) next.push([write, call]);
      }
      level = next;
    }
    return undefined;
  }

  /** Without what lies inside a stretch of one session. */
  #turns(way: readonly Call[]): Call[] {
    const { own } = this.#links as Links;
    const inside = (i: number): boolean =>
      own.get(way[i] as Call) === way[i - 1] && own.get(way[i + 1] as Call) === way[i];
    return way.filter((_, i) => i === 0 || i === way.length - 1 || !inside(i));
  }
}

function wayFrom(first: Call, then: ReadonlyMap<Call, Call | undefined>): Call[] {
  const way: Call[] = [];
  for (let at: Call | undefined = first; at !== undefined; at = then.get(at)) way.push(at);
  return way;
}

/** By operation: the one before it in its session, and those whose writes it saw. */
interface Links {
  readonly own: ReadonlyMap<Call, Call>;
  readonly saw: ReadonlyMap<Call, readonly Call[]>;
}

function linksOf(moments: readonly Moment[]): Links {
  const own = new Map<Call, Call>();
  const saw = new Map<Call, readonly Call[]>();
  const last = new Map<number, Call>();
  for (const moment of moments) {
    const { call, session } = 'write' in moment ? moment.write : moment.look;
    const before = last.get(session);
    if (before !== undefined && before !== call) own.set(call, before);
    last.set(session, call);
    if ('look' in moment)
      saw.set(
        call,
        moment.look.saw.map((write) => write.call),
      );
  }
  return { own, saw };
}
