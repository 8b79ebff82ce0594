/**
 * What is remembered along a path beside the nodes themselves, by number: the protocol's ghost, and what
 * clients were told. Both are a part of the explored state.
 */
import type { ProtocolEvent } from '../protocols/machine.ts';
import { Interner } from './interner.ts';
import { type PathState, PATH_START, follow } from './linearizable-path.ts';
import type { Machines } from './machines.ts';
import type { Model } from './model.ts';
import { PairMemo } from './pair-memo.ts';
import { copyData, textOf } from './plain-data.ts';

export interface Ghost {
  /** Never changed. */
  readonly ghost: unknown;
  readonly path: PathState;
  /** Why what clients were told is not linearizable. */
  readonly wrong: string | undefined;
  /** Where it was first reached; undefined: the start. */
  readonly born: { readonly before: number; readonly happenings: number } | undefined;
}

export class Ghosts {
  readonly all: Ghost[] = [];
  readonly #model: Model;
  readonly #machines: Machines;
  readonly #ids = new Interner();
  readonly #steps = new PairMemo();
  readonly #keeps: boolean;

  constructor(model: Model, machines: Machines) {
    this.#model = model;
    this.#machines = machines;
    this.#keeps = Object.keys(model.invariants).length > 0;
    const ghost: unknown = model.protocol.machine.ghost.init();
    this.#intern({ ghost, path: PATH_START, wrong: undefined, born: undefined });
  }

  /** The ghost after a list of happenings. */
  step(ghost: number, happenings: number): number {
    const known = this.#steps.get(ghost, happenings);
    if (known >= 0) return known;
    const next = this.#run(ghost, happenings);
    this.#steps.set(ghost, happenings, next);
    return next;
  }

  #run(before: number, happenings: number): number {
    const happened = this.#machines.happenings[happenings] ?? [];
    let { ghost, path, wrong } = this.all[before] as Ghost;
    const events = happened.filter((one) => one.what === 'event');
    if (this.#keeps && events.length > 0) {
      ghost = copyData(ghost);
      for (const { node, event } of events) this.#on(ghost, node, event);
    }
    if (this.#model.linearizable && wrong === undefined) {
      const next = follow(path, happened, this.#model.requests);
      if (typeof next === 'string') wrong = next;
      else path = next;
    }
    return this.#intern({ ghost, path, wrong, born: { before, happenings } });
  }

  #on(ghost: unknown, node: number, event: ProtocolEvent): void {
    this.#model.protocol.machine.ghost.on(ghost, node, event);
  }

  #intern(one: Ghost): number {
    const name = `${this.#keeps ? textOf(one.ghost) : ''} ${textOf(one.path)} ${one.wrong}`;
    const id = this.#ids.of(name);
    if (id === this.all.length) this.all.push(one);
    return id;
  }
}
