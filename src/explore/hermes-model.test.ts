/** Hermes in small configurations: right with our rules, wrong with any of them switched off. */
import { describe, expect, test } from 'vitest';
import { reliableHermes } from '../protocols/hermes/reliable.ts';
import { ROWS, parseConfiguration } from './configurations.ts';
import { explore } from './explore.ts';
import { type HermesBounds, hermesModel } from './hermes-model.ts';
import type { Model } from './model.ts';

function boundsOf(name: string): HermesBounds {
  return parseConfiguration(name) as HermesBounds;
}

/** The others of the table: `node bench/explore.ts table`. */
const SMALL = ROWS.filter(({ states = Infinity }) => states <= 40_000);

test.each(SMALL)(
  '$name has $states states, all as they should be',
  { timeout: 90_000 },
  async ({ name, states }) => {
    const { valid, search } = await explore(hermesModel(boundsOf(name)));
    expect([valid, search.distinct]).toEqual([true, states]);
  },
);

test('the names of the table are names of configurations, others are not', () => {
  for (const { name } of ROWS) expect(parseConfiguration(name), name).toBeDefined();
  for (const name of ['', '3', '0-w1', '3-w1111', '3-w', '3-q1', '3-rem', 'tla-2x1', '3-w1-'])
    expect(parseConfiguration(name)?.writes.length ?? 0, name).toBe(0);
  expect(parseConfiguration('3-w110-r001-rem1-rst2-k2-x1')).toMatchObject({
    nodes: 3,
    keys: 2,
    writes: [1, 1, 0],
    rmws: [0, 0, 1],
    removals: 1,
    restarts: 2,
    options: { x1: true },
  });
});

describe('states that are left out change no verdict', () => {
  test.each([
    ['2-w11', 243],
    ['2-r11', 79],
    ['2-w11-r10', 2479],
    ['3-r11', 12_920],
  ])('%s: all %i states are right', async (name, states) => {
    const { valid, search } = await explore(hermesModel({ ...boundsOf(name), reduce: false }));
    expect([valid, search.distinct]).toEqual([true, states]);
  });
});

describe('nor do letters that are left out', () => {
  /** The model with every letter for ever in its inbox. */
  const whole = (bounds: HermesBounds): Model => {
    const model = hermesModel({ ...bounds, reduce: false });
    const { forget } = model.abstraction;
    return { ...model, abstraction: { ...(forget && { forget }) } } as Model;
  };

  test.each([
    ['2-w11', 1263],
    ['2-r11', 211],
  ])('%s: all %i states are right', async (name, states) => {
    const { valid, search } = await explore(whole(boundsOf(name)));
    expect([valid, search.distinct]).toEqual([true, states]);
  });

  test.each(['published-rmw', 'ack-stale-rmw', 'write-plus-one'])('%s is found', async (bug) => {
    const bounds = { ...boundsOf('2-w11-r11'), bugs: [bug] };
    const steps = await Promise.all(
      [whole(bounds), hermesModel(bounds)].map(async (model) => {
        const { counterexample } = await explore(model);
        return counterexample?.steps.length;
      }),
    );
    expect(steps[0]).toBeGreaterThan(0);
    expect(steps[1]).toBe(steps[0]);
  });
});

/** Zoo number, configuration, steps of the shortest way to a state that breaks an invariant. */
const BUGS = [
  ['M1', '3-w1', 3],
  ['M2', '3-w1', 1],
  ['M3a', '3-w1-rem1', 1],
  ['M4', '3-w11-rem1', 5],
  ['M6', '3-r11-rem1', 5],
  ['M7', '2-w11', 12],
  ['M8', '2-r11', 6],
  ['M9', '2-w11-r10', 4],
  ['M11', '2-r11', 9],
  ['M12', '2-w10-r01', 6],
  ['M13', '2-r11', 6],
  ['M14', '2-w20', 5],
  ['M15', '3-r11', 3],
  ['M16', '2-w11', 4],
  ['M17', '2-w11', 6],
  ['M18', '2-w1-rst1', 4],
  ['M21', '3-w1-rst1', 7],
  ['M22', '3-w2-rst1', 10],
  ['M23', '3-w11', 3],
  ['M25', '3-w11', 7],
  ['M26', '3-w1-o3', 2],
  ['M27', '2-w01-r1-o3', 4],
  ['M30', '3-w11', 9],
] as const;

describe('planted bugs', () => {
  test.each(BUGS)('%s in %s after %i steps', async (zoo, name, steps) => {
    const bug = reliableHermes.bugs.find((known) => known.zoo === zoo)!;
    const bounds = boundsOf(name);
    const options = { ...bounds.options, ...bug.options };
    const found = await explore(hermesModel({ ...bounds, bugs: [bug.name], options }));
    expect(found.valid).toBe(false);
    expect(found.counterexample?.steps.length).toBe(steps);
    const right = await explore(hermesModel({ ...bounds, options }), { limits: { states: 2000 } });
    expect(right.valid).not.toBe(false);
  });
});

test.each(['dfs', 'random'] as const)('%s finds them too, on some path', async (order) => {
  for (const reduce of [true, false]) {
    const bounds = { ...boundsOf('3-w11'), bugs: ['validate-current'], reduce };
    const found = await explore(hermesModel(bounds), { order, limits: { walks: 2000 } });
    expect(found.valid).toBe(false);
    expect(found.counterexample?.lines.length).toBeGreaterThan(5);
  }
});

test('clients alone see that the published rules are wrong', async () => {
  const bounds = { ...boundsOf('2-w11-r10'), bugs: ['published-rmw'] };
  const found = await explore(hermesModel({ ...bounds, invariants: ['linearizable'] }));
  expect(found.counterexample?.violation.name).toBe('linearizable');
  expect(found.counterexample?.lines).toEqual([
    'n1 set k0 a',
    'n2 set k0 c',
    'n2 receives INV k0 2.0 ="a" from n1',
    'n1 receives ACK k0 2.0 sup from n2',
    'n1 getset k0 b',
    'n1 receives INV k0 2.1 ="c" from n2',
    'n2 receives ACK k0 2.1 sup from n1',
    'n2 receives INV k0 3.0 ="b" rmw from n1',
    'n1 receives ACK k0 3.0 from n2',
  ]);
});

test('in a bag a message that may not be lost arrives', async () => {
  const bag = { ...boundsOf('2-w1'), network: 'bag' } as const;
  const safe = await explore(hermesModel(bag));
  const lossy = await explore(hermesModel({ ...bag, loss: 1, dup: 1, resends: 1 }));
  expect([safe.valid, lossy.valid]).toEqual([true, true]);
  expect(lossy.search.distinct).toBeGreaterThan(safe.search.distinct);
});
