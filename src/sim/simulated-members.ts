/**
 * Changes of the members of a simulated cluster, as faults: a member leaves and comes back, a brand-new
 * node comes and leaves, one that is dead is replaced. What was done is read back from the members'
 * own words; what does not come true in time has no effect, and is no error.
 */
import { nodeId } from '../base/node-name.ts';
import type { NodeId, NodeName, NodeStatus, Result } from '../base/operation.ts';
import type { Driver } from './driver.ts';
import type { FaultyNetwork } from './faulty-network.ts';
import type { Applied } from './simulated-faults.ts';
import type { SimulatedNodes } from './simulated-nodes.ts';

/** How long a change may take, µs: other faults may be in its way. */
const COME_WITHIN_US = 15_000_000;
const GO_WITHIN_US = 10_000_000;
/** Between two looks, and after which a word that was not answered is said again, µs. */
const LOOK_US = 20_000;
const SAY_AGAIN_US = 1_000_000;

type Done = (did: boolean) => void;

export class SimulatedMembers {
  readonly #driver: Driver<FaultyNetwork>;
  readonly #nodes: SimulatedNodes;
  /** What a word that was said has brought, by its number. */
  readonly #answers = new Map<number, (result: Result) => void>();

  constructor(driver: Driver<FaultyNetwork>, nodes: SimulatedNodes) {
    this.#driver = driver;
    this.#nodes = nodes;
    driver.onOrdered = (id, result) => {
      this.#answers.get(id)?.(result);
      this.#answers.delete(id);
    };
  }

  /** Calls `done` when the fault is on, or has come to nothing; sets how it is undone. */
  apply(applied: Applied, done: () => void): void {
    applied.counters['epochBefore'] = this.#view().epoch;
    applied.bitten = false;
    const over = (): void => {
      applied.counters['epochAfter'] = this.#view().epoch;
      done();
    };
    const { shape } = applied.fault;
    if (shape === 'leave') this.#leave(applied, over);
    else if (shape === 'join') this.#join(applied, over);
    else this.#replace(applied, over);
  }

  #leave(applied: Applied, done: () => void): void {
    const names = applied.nodes;
    applied.undo = (undone) =>
      this.#all(
        names,
        (node, came) => this.#comes(node, came),
        (back) => {
          applied.counters['returned'] = back.length;
          applied.counters['epochAfter'] = this.#view().epoch;
          if (back.length < names.length) applied.error = notBack(names, back);
          undone();
        },
      );
    if (names.length === 0) return fails(applied, 'name the node that leaves', done);
    this.#all(
      names,
      (node, went) => this.#goes(node, went),
      (gone) => {
        applied.nodes = gone;
        applied.counters['left'] = gone.length;
        applied.bitten = gone.length > 0;
        done();
      },
    );
  }

  #join(applied: Applied, done: () => void): void {
    const name = this.#nodes.add();
    if (name === undefined) return fails(applied, 'there are no names of nodes left', done);
    applied.nodes = [name];
    applied.undo = (undone) =>
      this.#dismiss(applied, name, () => {
        applied.counters['epochAfter'] = this.#view().epoch;
        undone();
      });
    this.#comes(name, (came) => {
      applied.bitten = came && this.#isIn(name);
      applied.counters['joined'] = applied.bitten ? 1 : 0;
      done();
    });
  }

  #replace(applied: Applied, done: () => void): void {
    const [old, ...others] = applied.nodes;
    if (old === undefined || others.length > 0)
      return fails(applied, 'name the one node to replace', done);
    applied.counters['killed'] = this.#nodes.kill(old) ? 1 : 0;
    const name = this.#nodes.add();
    const back = (undone: Done): void =>
      this.#nodes.start(old, () => this.#comes(old, (came) => undone(came)));
    if (name === undefined)
      return back(() => fails(applied, 'there are no names of nodes left', done));
    applied.nodes = [old, name];
    applied.undo = (undone) =>
      back((came) => {
        applied.counters['returned'] = came ? 1 : 0;
        this.#dismiss(applied, name, () => {
          applied.counters['epochAfter'] = this.#view().epoch;
          if (!came) applied.error = notBack([old], []);
          undone();
        });
      });
    this.#comes(name, (came) => {
      const replaced = (lacks: boolean): void => {
        applied.bitten = came && lacks;
        applied.counters['replaced'] = applied.bitten ? 1 : 0;
        done();
      };
      if (came) this.#until(GO_WITHIN_US, () => !this.#isIn(old), replaced);
      else replaced(false);
    });
  }

  /** A node that came for a while goes; by force if it must, unless nobody else holds the data. */
  #dismiss(applied: Applied, node: NodeName, done: () => void): void {
    this.#goes(node, (left) => {
      const id = nodeId(node);
      const others = this.#nodes
        .statuses()
        .some((status) => status.id !== id && status.state === 'serving');
      if (!left && !others) {
        applied.error = `${node} stays: no other node serves, and it may be the last that holds the data`;
        return done();
      }
      applied.counters['dismissed'] = left ? 1 : 0;
      this.#nodes.remove(node);
      done();
    });
  }

  /** True: the node is a member that serves. */
  #comes(node: NodeName, done: Done): void {
    this.#change(node, 'JOIN', ({ state }) => state === 'serving', COME_WITHIN_US, done);
  }

  /** True: the node has left. */
  #goes(node: NodeName, done: Done): void {
    this.#change(node, 'LEAVE', ({ state }) => state === 'left', GO_WITHIN_US, done);
  }

  /** Says the word, again where it was refused or the node began another life, until it has come true. */
  #change(
    name: NodeName,
    word: string,
    isTrue: (status: NodeStatus) => boolean,
    withinUs: number,
    done: Done,
  ): void {
    const { world } = this.#driver;
    const id = nodeId(name) as NodeId;
    let saidUs = -Infinity;
    let life = -1;
    const say = (): void => {
      const number = world.stepId + 1;
      saidUs = world.atUs;
      life = world.hosts[id]?.incarnation ?? 0;
      this.#answers.set(number, (result) => {
        if (result.type === 'error') saidUs = Math.min(saidUs, world.atUs - SAY_AGAIN_US + 100_000);
      });
      world.admin(id, [word]);
    };
    this.#until(
      withinUs,
      () => {
        const status = this.#nodes.status(name);
        if (status === undefined) return false;
        if (saidUs > -Infinity && isTrue(status)) return true;
        if (world.atUs - saidUs >= SAY_AGAIN_US || life !== status.incarnation) say();
        return false;
      },
      done,
    );
  }

  #until(withinUs: number, isTrue: () => boolean, done: Done): void {
    const { world } = this.#driver;
    const endUs = world.atUs + withinUs;
    const look = (): void => {
      if (isTrue()) done(true);
      else if (world.atUs >= endUs) done(false);
      else this.#driver.at(world.atUs + LOOK_US, look);
    };
    look();
  }

  #all(
    names: readonly NodeName[],
    act: (name: NodeName, done: Done) => void,
    done: (those: NodeName[]) => void,
  ): void {
    const did = new Set<NodeName>();
    let open = names.length;
    if (open === 0) return done([]);
    for (const name of names)
      act(name, (yes) => {
        if (yes) did.add(name);
        if (--open === 0) done(names.filter((each) => did.has(each)));
      });
  }

  /** The latest view that any node tells of. */
  #view(): Pick<NodeStatus, 'epoch' | 'members'> {
    const none: Pick<NodeStatus, 'epoch' | 'members'> = { epoch: 0, members: [] };
    return this.#nodes.statuses().reduce((a, b) => (b.epoch > a.epoch ? b : a), none);
  }

  #isIn(node: NodeName): boolean {
    return this.#view().members.some(({ id }) => id === nodeId(node));
  }
}

function fails(applied: Applied, error: string, done: () => void): void {
  applied.error = error;
  done();
}

function notBack(names: readonly NodeName[], back: readonly NodeName[]): string {
  const missing = names.filter((name) => !back.includes(name));
  return `${missing.join(' ')} did not come back within ${COME_WITHIN_US / 1e6} s`;
}
