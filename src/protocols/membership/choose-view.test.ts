import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NodeId, NodeRef } from '../../base/operation.ts';
import { type View, firstView } from '../membership.ts';
import { nextView } from '../next-view.ts';
import { type ChooseInput, chooseView, watchOutsiders } from './choose-view.ts';
import { heard, newDetector } from './detector.ts';
import { ref } from './lone-node.case.ts';
import { type Heartbeat, printView } from './messages.ts';
import { viewFault } from './sanity.ts';

interface Facts {
  readonly chosen: View;
  /** Who sends heartbeats, under which identity. */
  readonly alive: readonly NodeRef[];
  /** `[a, b]`: b does not hear a. */
  readonly cut?: readonly (readonly [NodeId, NodeId])[];
  readonly says?: Readonly<Record<NodeId, Partial<Heartbeat>>>;
  readonly acceptors?: readonly NodeId[];
  readonly promoteEarly?: boolean;
  /** Everybody has just been heard for the first time. */
  readonly newborn?: boolean;
  /** Of these ids the first heartbeat has just come. */
  readonly reborn?: readonly NodeId[];
  /** Ids outside the view that have been steady for long. */
  readonly steady?: readonly NodeId[];
}

const NOW_US = 1_000_000;

/** What n1 knows of these facts. */
function inputOf(facts: Facts): ChooseInput {
  const { chosen, alive, cut = [], says = {} } = facts;
  const ids = alive.map(({ id }) => id);
  const hears = (b: NodeId): NodeId[] =>
    ids.filter((a) => !cut.some(([x, y]) => x === a && y === b));
  const detector = newDetector();
  for (const one of alive) {
    if (!hears(0).includes(one.id)) continue;
    const message: Heartbeat = {
      kind: 'HB',
      seq: 1,
      epoch: chosen.epoch,
      hears: hears(one.id),
      join: false,
      caughtUp: false,
      leaving: false,
      ...says[one.id],
    };
    if (facts.newborn !== true && facts.reborn?.includes(one.id) !== true)
      heard(detector, one, message, 0, 500);
    heard(detector, one, message, NOW_US, 500);
  }
  for (const id of facts.steady ?? []) detector.steadySince.set(id, 0);
  const acceptors = facts.acceptors ?? [0, 1, 2, 3, 4].slice(0, Math.max(3, chosen.full.length));
  return {
    self: 0,
    chosen,
    acceptors,
    quorum: Math.floor(acceptors.length / 2) + 1,
    detector,
    nowUs: NOW_US,
    suspectUs: 500,
    newbornUs: facts.newborn === true ? 1 : 0,
    stableUs: 1000,
    promoteEarly: facts.promoteEarly ?? false,
  };
}

function chosen(facts: Facts): string | undefined {
  const view = chooseView(inputOf(facts));
  return view && printView(view);
}

const three = firstView([0, 1, 2]);
const five = firstView([0, 1, 2, 3, 4]);
const refs = (...ids: NodeId[]): NodeRef[] => ids.map((id) => ref(id));
const both = (a: NodeId, b: NodeId) =>
  [
    [a, b],
    [b, a],
  ] as const;

describe('the first view', () => {
  const none: View = { epoch: 0, full: [], shadow: [], gen: {}, maxInc: {} };
  test('needs all nodes of the start, and that all hear each other', () => {
    expect(chosen({ chosen: none, alive: refs(0, 1, 2) })).toBe('view 1 {n1 n2 n3}');
    expect(chosen({ chosen: none, alive: refs(0, 1) })).toBeUndefined();
    expect(chosen({ chosen: none, alive: refs(0, 1, 2), cut: [[1, 2]] })).toBeUndefined();
    const input = inputOf({ chosen: none, alive: refs(0, 1, 2) });
    expect(chooseView({ ...input, nowUs: NOW_US + 500 })).toBeUndefined();
  });

  test('is not proposed where somebody knows of a view', () => {
    expect(
      chosen({ chosen: none, alive: refs(0, 1, 2), says: { 2: { epoch: 4 } } }),
    ).toBeUndefined();
  });

  test('leaves out who is no node of the start', () => {
    const facts = { chosen: none, alive: refs(0, 1, 2, 3), acceptors: [0, 1, 2] };
    expect(chosen(facts)).toBe('view 1 {n1 n2 n3}');
  });
});

describe('who stays', () => {
  test('everybody: content', () => {
    expect(chosen({ chosen: three, alive: refs(0, 1, 2) })).toBeUndefined();
  });

  test('not who is silent', () => {
    expect(chosen({ chosen: three, alive: refs(0, 2) })).toBe('view 2 {n1 n3}');
  });

  test('nothing better is possible without a majority of acceptors', () => {
    expect(chosen({ chosen: three, alive: refs(0) })).toBeUndefined();
    expect(chosen({ chosen: five, alive: refs(0, 1) })).toBeUndefined();
  });

  test('an acceptor that was just born again cannot say yet whom it hears: nobody goes for that', () => {
    const facts = {
      acceptors: [0, 1, 2, 3, 4],
      chosen: nextView(five, refs(0, 1, 4)),
      alive: [ref(0), ref(1), ref(3, 2)],
      says: { 3: { hears: [0, 3] } },
    };
    expect(chosen({ ...facts, reborn: [3] })).toBe('view 3 {n1 n2}');
    expect(chosen(facts)).toBe('view 3 {n1}');
  });

  test('nor where all full members are gone: that would lose the data', () => {
    const restarted = [ref(0, 2), ref(1, 2), ref(2, 2)];
    expect(chosen({ chosen: three, alive: restarted })).toBeUndefined();
  });

  test('of a broken pair the higher id goes, though only one direction is broken (N15)', () => {
    expect(chosen({ chosen: three, alive: refs(0, 1, 2), cut: [[2, 1]] })).toBe('view 2 {n1 n2}');
    expect(chosen({ chosen: three, alive: refs(0, 1, 2), cut: [[1, 2]] })).toBe('view 2 {n1 n2}');
    expect(chosen({ chosen: three, alive: refs(0, 1, 2), cut: [[1, 0]] })).toBe('view 2 {n1 n3}');
  });

  test('a bridge between two halves: the larger clique stays', () => {
    const cut = [...both(0, 3), ...both(0, 4), ...both(1, 3), ...both(1, 4)];
    expect(chosen({ chosen: five, alive: refs(0, 1, 2, 3, 4), cut })).toBe('view 2 {n1 n2 n3}');
  });

  test('a ring of majorities: some largest clique, of lower ids', () => {
    const cut = [...both(0, 2), ...both(1, 3), ...both(2, 4), ...both(3, 0), ...both(4, 1)];
    expect(chosen({ chosen: five, alive: refs(0, 1, 2, 3, 4), cut })).toBe('view 2 {n1 n2}');
  });

  test('of equal cliques the one with more full members', () => {
    const view = nextView(three, refs(0, 1), [ref(2, 2)]);
    const alive = [ref(0), ref(1), ref(2, 2)];
    expect(chosen({ chosen: view, alive, cut: both(1, 2) })).toBe('view 3 {n1 n2}');
  });

  test('a clique of shadows alone is none', () => {
    const view = nextView(three, refs(2), [ref(0, 2), ref(1, 2)]);
    const alive = [ref(0, 2), ref(1, 2), ref(2)];
    expect(chosen({ chosen: view, alive, cut: [...both(1, 2), ...both(0, 2)] })).toBeUndefined();
  });
});

describe('what others hear', () => {
  test('a member that only this node does not hear is not dead; the pair is broken', () => {
    const cut = [[2, 0]] as const;
    expect(chosen({ chosen: three, alive: refs(0, 1, 2), cut })).toBe('view 2 {n1 n2}');
  });

  test('a node outside the view that is deaf to a member leaves it alone (N15)', () => {
    const view = nextView(three, refs(1, 2));
    const alive = [ref(0, 5), ref(1), ref(2)];
    const says = { 0: { join: true } };
    const facts = { chosen: view, alive, cut: [[1, 0]] as const, says, steady: [0] };
    expect(chosen(facts)).toBeUndefined();
  });
});

describe('who comes', () => {
  const join = { join: true };

  test('a restarted member is replaced in one view, without waiting', () => {
    const alive = [ref(0), ref(1), ref(2, 7)];
    expect(chosen({ chosen: three, alive, says: { 2: join } })).toBe(
      'view 2 {n1 n2 | shadow n3.7}',
    );
  });

  test('who has just booted cannot know whom it hears: that is not held against it', () => {
    const alive = [ref(0), ref(1), ref(2, 7)];
    const says = { 2: { ...join, hears: [2] } };
    expect(chosen({ chosen: three, alive, says })).toBe('view 2 {n1 n2}');
    expect(chosen({ chosen: three, alive, says, newborn: true })).toBe(
      'view 2 {n1 n2 | shadow n3.7}',
    );
  });

  test('who was removed waits until it has been steady', () => {
    const view = nextView(three, refs(0, 1));
    const facts = { chosen: view, alive: [ref(0), ref(1), ref(2, 7)], says: { 2: join } };
    expect(chosen(facts)).toBeUndefined();
    expect(chosen({ ...facts, steady: [2] })).toBe('view 3 {n1 n2 | shadow n3.7}');
    const input = inputOf({ ...facts, steady: [2] });
    expect(chooseView({ ...input, stableUs: NOW_US + 1 })).toBeUndefined();
  });

  test('a node of a new id comes at once', () => {
    const facts = { chosen: three, acceptors: [0, 1, 2], alive: refs(0, 1, 2, 3) };
    expect(chosen({ ...facts, says: { 3: join } })).toBe('view 2 {n1 n2 n3 | shadow n4}');
    expect(chosen(facts)).toBeUndefined();
  });

  test('nobody comes who does not hear, or is not heard by, all that stay', () => {
    const facts = {
      chosen: three,
      acceptors: [0, 1, 2],
      alive: refs(0, 1, 2, 3),
      says: { 3: join },
    };
    expect(chosen({ ...facts, cut: [[3, 1]] })).toBeUndefined();
    expect(chosen({ ...facts, cut: [[1, 3]] })).toBeUndefined();
    expect(chosen({ ...facts, cut: [[3, 1]], newborn: true })).toBeUndefined();
  });

  test('nobody comes back under an incarnation that was in a view', () => {
    const view = nextView(three, refs(0, 1));
    const facts = { chosen: view, alive: refs(0, 1, 2), says: { 2: join }, steady: [2] };
    expect(chosen(facts)).toBeUndefined();
  });
});

describe('promotion', () => {
  const view = nextView(three, refs(0, 1), [ref(2, 2)]);
  const alive = [ref(0), ref(1), ref(2, 2)];
  const caughtUp = { 2: { caughtUp: true } };

  test('when the shadow says that it has copied everything, not before', () => {
    expect(chosen({ chosen: view, alive })).toBeUndefined();
    expect(chosen({ chosen: view, alive, says: caughtUp })).toBe('view 3 {n1 n2 n3.2}');
    expect(chosen({ chosen: view, alive, promoteEarly: true })).toBe('view 3 {n1 n2 n3.2}');
  });

  test('not of another incarnation: that one is replaced', () => {
    const again = [ref(0), ref(1), ref(2, 3)];
    const says = { 2: { caughtUp: true, join: true } };
    expect(chosen({ chosen: view, alive: again, says })).toBe('view 3 {n1 n2 | shadow n3.3}');
  });

  test('together with a removal and a join, in one view', () => {
    const says = { ...caughtUp, 3: { join: true } };
    const facts = { chosen: view, alive: [ref(0), ref(2, 2), ref(3)], acceptors: [0, 1, 2], says };
    expect(chosen(facts)).toBe('view 3 {n1 n3.2 | shadow n4}');
  });
});

describe('who leaves', () => {
  const leaving = { leaving: true };

  test('is let go, full member or shadow', () => {
    expect(chosen({ chosen: three, alive: refs(0, 1, 2), says: { 1: leaving } })).toBe(
      'view 2 {n1 n3}',
    );
    const view = nextView(three, refs(0, 1), [ref(2, 2)]);
    const says = { 2: { leaving: true, caughtUp: true } };
    expect(chosen({ chosen: view, alive: [ref(0), ref(1), ref(2, 2)], says })).toBe(
      'view 3 {n1 n2}',
    );
  });

  test('all at once: one stays for the sake of the data', () => {
    const says = { 0: leaving, 1: leaving, 2: leaving };
    expect(chosen({ chosen: three, alive: refs(0, 1, 2), says })).toBe('view 2 {n1}');
    const alone = nextView(three, refs(0));
    expect(chosen({ chosen: alone, alive: refs(0, 1, 2), says })).toBeUndefined();
  });

  test('the last one goes when another has copied everything', () => {
    const view = nextView(nextView(three, refs(0)), refs(0), [ref(1, 2)]);
    const alive = [ref(0), ref(1, 2), ref(2)];
    const says = { 0: leaving, 1: { caughtUp: true } };
    expect(chosen({ chosen: view, alive, says })).toBe('view 4 {n1 n2.2}');
    const next = nextView(view, [ref(0), ref(1, 2)]);
    expect(chosen({ chosen: next, alive, says })).toBe('view 5 {n2.2}');
  });
});

test('steadiness of an outsider begins when it and all living members hear each other', () => {
  const view = nextView(three, refs(0, 1));
  const facts = { chosen: view, alive: [ref(0), ref(1), ref(2, 7)] };
  const good = inputOf(facts);
  watchOutsiders(good);
  watchOutsiders({ ...good, nowUs: NOW_US + 100 });
  expect([...good.detector.steadySince]).toEqual([[2, NOW_US]]);
  const broken = inputOf({ ...facts, cut: [[1, 2]], steady: [2] });
  watchOutsiders(broken);
  expect(broken.detector.steadySince.size).toBe(0);
  const dead = inputOf({ ...facts, alive: [ref(0), ref(2, 7)] });
  watchOutsiders(dead);
  expect([...dead.detector.steadySince.keys()]).toEqual([2]);
});

test('whatever is heard, what is proposed is sane, and stable once it is there', () => {
  const bit = fc.boolean();
  const heardOf = fc.record({ inc: fc.constantFrom(1, 2), join: bit, caughtUp: bit, leaving: bit });
  const facts = fc.record({
    nodes: fc.array(fc.option(heardOf), { minLength: 5, maxLength: 5 }),
    cut: fc.array(fc.tuple(fc.nat(4), fc.nat(4)), { maxLength: 6 }),
    fulls: fc.uniqueArray(fc.nat(4), { minLength: 1 }),
    steady: fc.uniqueArray(fc.nat(4)),
  });
  fc.assert(
    fc.property(facts, ({ nodes, cut, fulls, steady }) => {
      const shadows = [0, 1, 2, 3, 4].filter((id) => !fulls.includes(id)).map((id) => ref(id, 2));
      const view = nextView(five, refs(...fulls.toSorted((a, b) => a - b)), shadows.slice(0, 1));
      const alive = nodes.flatMap((node, id) => (node ? [ref(id, node.inc)] : []));
      const says = Object.fromEntries(nodes.flatMap((node, id) => (node ? [[id, node]] : [])));
      const input = inputOf({ chosen: view, alive, cut, says, steady });
      const next = chooseView(input);
      if (next === undefined) return;
      expect(viewFault(view, next)).toBeUndefined();
      const cured = Object.fromEntries(
        alive.map(({ id }) => [id, { join: false, caughtUp: false, leaving: false }]),
      );
      const members = [...next.full, ...next.shadow];
      const calm = inputOf({ chosen: next, alive: members, cut, says: cured, acceptors: [0] });
      if (members.some(({ id }) => id === 0)) expect(chooseView(calm)).toBeUndefined();
    }),
    { numRuns: 2000 },
  );
});

test('with very many members and broken links the search ends, and finds some', () => {
  const ids = Array.from({ length: 64 }, (_, id) => id);
  const cut = ids.flatMap((a) => ids.filter((b) => (a + b) % 3 === 1).map((b) => [a, b] as const));
  const input = inputOf({ chosen: firstView(ids), alive: refs(...ids), cut, acceptors: [0] });
  const view = chooseView(input);
  expect(view?.full.length).toBeGreaterThan(1);
  expect(view?.full.length).toBeLessThan(64);
});
