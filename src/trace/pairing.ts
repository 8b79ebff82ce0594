/**
 * Which receipt belongs to which send, in traces of real replicas: frames carry no numbers (a proxy is
 * to lose and repeat them), so that what is equal and latest is taken for the same. A message is lost
 * once one that was sent later on its link has arrived and it does not come within the time that links
 * hold messages back.
 */
import type { MessageEvent, TraceEvent } from '../base/trace-event.ts';

/** How long a proxy may hold a frame, and a link its bytes, µs. */
const HELD_US = 3_000_000;

type Send = Extract<MessageEvent, { type: 'send' }>;

interface Pending {
  readonly send: Send;
  arrived: boolean;
  /** One that was sent later has arrived. */
  passed: boolean;
}

/** Takes events in the order of time, and gives them on with receipts named and losses told. */
export class Pairing {
  readonly #links = new Map<string, Pending[]>();

  take(event: TraceEvent): TraceEvent[] {
    if (event.type === 'send') {
      const link = this.#link(event.node, event.to);
      link.push({ send: event, arrived: false, passed: false });
      return [...this.#lost(link, event.at), event];
    }
    if (event.type !== 'receive') return [event];
    const link = this.#link(event.from, event.node);
    const at = this.#find(link, event);
    const found = link[at];
    if (found === undefined) return [event];
    found.arrived = true;
    // Whatever stands before one that was passed, was passed as well.
    for (let i = at - 1; i >= 0 && link[i]?.passed === false; i--)
      (link[i] as Pending).passed = true;
    return [...this.#lost(link, event.at), { ...event, id: found.send.id }];
  }

  /** The latest that is equal and has not arrived; else, of one that was repeated, the latest. */
  #find(link: readonly Pending[], event: MessageEvent): number {
    const waiting = link.findLastIndex((p) => !p.arrived && isEqual(p.send, event));
    return waiting >= 0 ? waiting : link.findLastIndex((p) => isEqual(p.send, event));
  }

  #link(from: string, to: string): Pending[] {
    const name = `${from}>${to}`;
    const known = this.#links.get(name);
    if (known !== undefined) return known;
    const fresh: Pending[] = [];
    this.#links.set(name, fresh);
    return fresh;
  }

  /** Forgets what is old, and says of it what never arrived though others did. */
  #lost(link: Pending[], at: number): TraceEvent[] {
    const young = link.findIndex(({ send }) => send.at > at - HELD_US);
    const old = link.splice(0, young < 0 ? link.length : young);
    return old
      .filter(({ arrived, passed }) => passed && !arrived)
      .map(({ send }) => ({ ...send, at, type: 'drop' }));
  }
}

function isEqual(a: MessageEvent, b: MessageEvent): boolean {
  return a.kind === b.kind && a.key === b.key && a.ts === b.ts && a.text === b.text;
}
