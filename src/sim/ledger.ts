/**
 * What the clients of a simulated run saw, as a history.
 *
 * A client is one process until it is left without an answer; then it goes on as another (Jepsen's
 * rule: a process has at most one operation open).
 */
import { nodeName } from '../base/node-name.ts';
import type { NodeId, Op, Outcome } from '../base/operation.ts';
import type { History, HistoryEvent } from '../history/event.ts';

/** Clients are numbered below this; a client's later processes are it plus multiples of this. */
export const PROCESS_STRIDE = 10_000;

interface Open {
  readonly process: number;
  readonly client: number;
  readonly node: NodeId;
  readonly op: Op;
}

export class Ledger {
  readonly events: HistoryEvent[] = [];
  readonly #open = new Map<number, Open>();
  /** The process that a client is now; absent: the client itself. */
  readonly #process = new Map<number, number>();
  readonly #busy = new Set<number>();
  readonly #keeps: boolean;

  /** @param keeps false: what is open is known, what was is forgotten */
  constructor(keeps = true) {
    this.#keeps = keeps;
  }

  /** Requests without an answer so far, by id. */
  get open(): ReadonlyMap<number, { readonly node: NodeId; readonly op: Op }> {
    return this.#open;
  }

  invoke(id: number, client: number, node: NodeId, op: Op, atUs: number): void {
    if (this.#busy.has(this.#current(client))) this.#retire(client);
    const process = this.#current(client);
    this.#busy.add(process);
    this.#open.set(id, { process, client, node, op });
    this.#push('invoke', process, node, op, atUs, {});
  }

  /** Records the answer. False: there is no such open request, or it was answered before. */
  complete(id: number, outcome: Outcome, atUs: number): boolean {
    const open = this.#open.get(id);
    if (!open) return false;
    this.#open.delete(id);
    const { process, node, op } = open;
    this.#busy.delete(process);
    const { type, ...rest } = outcome;
    this.#push(type, process, node, op, atUs, rest);
    if (type === 'info' && this.#current(open.client) === process) this.#retire(open.client);
    return true;
  }

  opOf(id: number): Op | undefined {
    return this.#open.get(id)?.op;
  }

  /** The history so far. An invocation without completion is open for ever: `info`. */
  history(): History {
    return { header: { hermes: 1, initial: null }, events: this.events, nemesis: [] };
  }

  #current(client: number): number {
    return this.#process.get(client) ?? client;
  }

  #retire(client: number): void {
    this.#process.set(client, this.#current(client) + PROCESS_STRIDE);
  }

  #push(
    type: HistoryEvent['type'],
    process: number,
    node: NodeId,
    op: Op,
    atUs: number,
    rest: Partial<HistoryEvent>,
  ): void {
    if (!this.#keeps) return;
    this.events.push({
      index: this.events.length,
      process,
      type,
      f: op.f,
      key: op.key,
      value: op.value,
      ...rest,
      node: nodeName(node),
      time: atUs * 1000,
    });
  }
}
