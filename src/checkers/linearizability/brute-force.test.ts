/**
 * Every fast path against the oracle, on small random histories: fixed ones, then new ones whose
 * seed is printed.
 */
import { describe, expect, test } from 'vitest';
import type { Value } from '../../base/operation.ts';
import { type Random, random } from '../../base/random.ts';
import { type Call, callsByKey } from '../calls.ts';
import type { Model } from '../checker.ts';
import { isUnfit, registerColumns, seesAdd } from '../columns.ts';
import { appendListModel } from '../models/append-list.ts';
import { registerModel } from '../models/register.ts';
import {
  type Family,
  counterFamily,
  listFamily,
  mixedFamily,
  randomEvents,
  registerFamily,
  multiRegisterFamily,
  mutexFamily,
  queueFamily,
  setFamily,
  stackFamily,
  textFamily,
} from '../random-history.case.ts';
import { type ObjectKind, builtInModel } from '../models/models.ts';
import { listPlaces } from './append-list.ts';
import { bruteForce } from './brute-force.ts';
import { type Places, judgeChain } from './chain.ts';
import type { Answer } from './conflict.ts';
import { counterPlaces } from './counter.ts';
import { judgeFrontier } from './frontier/judge.ts';
import { modelTask } from './frontier/model-task.ts';
import { registerTask } from './frontier/register-task.ts';
import { judgeKey } from './judge-key.ts';
import { verifyLinearization } from './verify.ts';
import { judgeWgl } from './wgl.ts';
import { judgeZones } from './zones.ts';

const FIXED = 5_000;
const NEW = 600;
const SEED = Math.floor(Date.now() / 1000);

interface Path {
  readonly family: Family;
  judge(calls: readonly Call[], initial: Value): Answer;
  model(calls: readonly Call[], initial: Value): Model<unknown>;
}

const zones: Pick<Path, 'judge' | 'model'> = {
  judge(calls, initial) {
    const columns = registerColumns(calls, initial);
    return isUnfit(columns)
      ? { type: 'not-applicable', why: columns.unfit }
      : judgeZones(columns, true);
  },
  model: (calls, initial) =>
    registerModel({ initial, nullIsZero: seesAdd(calls) }) as Model<unknown>,
};

function chain(places: ReturnType<typeof counterPlaces>): Answer {
  if (isUnfit(places)) return { type: 'not-applicable', why: places.unfit };
  if ('conflict' in places) return { type: 'invalid', conflict: places.conflict };
  return judgeChain(places, true);
}

const counter: Pick<Path, 'judge' | 'model'> = {
  judge: (calls, initial) => chain(counterPlaces(calls, initial)),
  model: zones.model,
};

const list: Pick<Path, 'judge' | 'model'> = {
  judge: (calls, initial) => chain(listPlaces(calls, initial)),
  model: (_, initial) => appendListModel(initial) as Model<unknown>,
};

const wgl: Pick<Path, 'judge' | 'model'> = {
  judge: (calls, initial) => judgeWgl(calls, zones.model(calls, initial), {}, true),
  model: zones.model,
};

const wglList: Pick<Path, 'judge' | 'model'> = {
  judge: (calls, initial) => judgeWgl(calls, list.model(calls, initial), {}, true),
  model: list.model,
};

const frontier: Pick<Path, 'judge' | 'model'> = {
  judge(calls, initial) {
    const columns = registerColumns(calls, initial);
    if (isUnfit(columns)) return { type: 'not-applicable', why: columns.unfit };
    return judgeFrontier(registerTask(columns), { wantOrder: true }).answer;
  },
  model: zones.model,
};

/** The frontier search that knows nothing but the model's steps. */
const byModel = (model: Path['model']): Pick<Path, 'judge' | 'model'> => ({
  judge: (calls, initial) =>
    judgeFrontier(modelTask(calls, model(calls, initial)), { wantOrder: true }).answer,
  model,
});

const builtIn =
  (kind: ObjectKind): Path['model'] =>
  (calls, initial) =>
    builtInModel(kind, calls, initial);

/** By rule where one applies; else by the search. */
const rule = (kind: ObjectKind): Pick<Path, 'judge' | 'model'> => ({
  judge: (calls, initial) => {
    const model = builtInModel(kind, calls, initial);
    return judgeKey({ calls, kind, initial, model, algorithm: 'auto', limits: {} }).answer;
  },
  // Without what is foretold from the calls, so that this is tested too.
  model: (_, initial) => builtInModel(kind, [], initial),
});

const PATHS: readonly Path[] = [
  { family: counterFamily(1, 0, 0), ...rule('register') },
  { family: counterFamily(-2, 7, 4), ...rule('register') },
  { family: queueFamily(true, 0), ...rule('queue') },
  { family: queueFamily(true, 2), ...rule('queue') },
  { family: queueFamily(true, 0), ...byModel(builtIn('queue')) },
  { family: queueFamily(true, 0, true), ...rule('queue') },
  { family: queueFamily(false, 0), ...rule('bag') },
  { family: queueFamily(false, 0, true), ...rule('bag') },
  { family: queueFamily(false, 2, true), ...rule('bag') },
  { family: queueFamily(false, 2), ...rule('bag') },
  { family: stackFamily(0), ...rule('stack') },
  { family: stackFamily(2), ...rule('stack') },
  { family: stackFamily(3, true), ...rule('stack') },
  { family: stackFamily(0, true), ...rule('stack') },
  { family: setFamily(false), ...rule('set') },
  { family: setFamily(true), ...rule('set') },
  { family: setFamily(true, false), ...rule('set') },
  { family: mutexFamily(), ...rule('mutex') },
  { family: textFamily(), ...rule('text') },
  { family: multiRegisterFamily(), ...rule('multi-register') },
  { family: multiRegisterFamily(true), ...rule('multi-register') },
  { family: registerFamily(2), ...frontier },
  { family: registerFamily(4, 2), ...frontier },
  { family: registerFamily(0), ...frontier },
  { family: registerFamily(3), ...byModel(zones.model) },
  { family: counterFamily(1, 0), ...byModel(zones.model) },
  { family: mixedFamily(null), ...byModel(zones.model) },
  { family: listFamily(5), ...byModel(list.model) },
  { family: registerFamily(0), ...zones },
  { family: registerFamily(0, 100), ...zones },
  { family: registerFamily(4), ...zones },
  { family: mixedFamily(null), ...zones },
  { family: counterFamily(1, null), ...counter },
  { family: counterFamily(5, 7), ...counter },
  { family: counterFamily(-2, 0), ...counter },
  { family: counterFamily(1, 0), ...zones },
  { family: listFamily(10), ...list },
  { family: listFamily(0), ...list },
  { family: listFamily(6), ...list },
  { family: registerFamily(2), ...wgl },
  { family: registerFamily(0), ...wgl },
  { family: counterFamily(1, 0), ...wgl },
  { family: listFamily(5), ...wglList },
];

/** How often each answer came; throws with the history on the first disagreement. */
function compare(path: Path, seeds: Iterable<string>): Record<Answer['type'], number> {
  const counts = { valid: 0, invalid: 0, 'not-applicable': 0, undecided: 0 };
  for (const seed of seeds) {
    const events = randomEvents(random(seed), path.family);
    const { calls } = callsByKey(events)[0] ?? { calls: [] };
    const answer = path.judge(calls, path.family.initial);
    counts[answer.type]++;
    if (answer.type === 'not-applicable') continue;
    const model = path.model(calls, path.family.initial);
    const right = bruteForce(calls, model);
    const wrong =
      answer.type === 'valid'
        ? right
          ? verifyLinearization(calls, answer.order, model)
          : 'it says valid'
        : right
          ? `it says ${JSON.stringify(answer)}`
          : undefined;
    if (wrong !== undefined)
      throw new Error(`seed ${seed}: ${wrong}\n${events.map((e) => JSON.stringify(e)).join('\n')}`);
  }
  return counts;
}

function* seeds(label: string, count: number): Iterable<string> {
  for (let i = 0; i < count; i++) yield `${label}/${i}`;
}

describe('fast paths agree with brute force', () => {
  test.each(PATHS)('$family.name, fixed', (path) => {
    const counts = compare(path, seeds('fixed', FIXED));
    expect(counts.valid).toBeGreaterThan(FIXED / 20);
    expect(counts.invalid).toBeGreaterThan(FIXED / 20);
  });

  test(`new ones, seed ${SEED}`, () => {
    for (const path of PATHS) compare(path, seeds(`${SEED}/${path.family.name}`, NEW));
  });
});

/** The chain rule again, written plainly, with the mistakes that are easy to make as switches. */
type Mistake =
  | 'none'
  | 'lost adds from the latest call'
  | 'lost adds from the end of the chain'
  | 'calls of lost adds ignored'
  | 'calls of reads ignored'
  | 'every lost add made to happen'
  | 'only gaps that were read'
  | 'gaps not filled at all';

function plainChain(places: Places, mistake: Mistake): boolean {
  const all = Array.from({ length: places.n }, (_, i) => ({
    kind: places.kind[i] as number,
    place: places.place[i] as number,
    call: places.call[i] as number,
    ret: places.ret[i] as number,
  }));
  const lost = all.filter((o) => o.kind === 2);
  if (mistake === 'lost adds from the latest call') lost.reverse();
  const made = all.filter((o) => o.kind === 1);
  const reads = all.filter((o) => o.kind === 0);
  const top = Math.max(0, ...made.map((o) => o.place), ...reads.map((o) => o.place));
  if (top > made.length + lost.length) return false;
  if (new Set(made.map((o) => o.place)).size < made.length) return false;
  const gaps = [];
  for (let q = 1; q <= top; q++) if (!made.some((o) => o.place === q)) gaps.push(q);
  if (mistake === 'every lost add made to happen' && gaps.length < lost.length) return false;
  if (mistake === 'lost adds from the end of the chain') gaps.reverse();
  const filled = new Map(gaps.map((q, i) => [q, lost[i]]));
  let latest = -1;
  for (let q = 0; q <= top; q++) {
    const seen = reads.filter((o) => o.place === q);
    const own = made.find((o) => o.place === q);
    const fill = q > 0 && own === undefined;
    if (fill && mistake === 'gaps not filled at all') return false;
    if (fill && mistake === 'only gaps that were read' && seen.length === 0) return false;
    const w = own ?? (q > 0 ? filled.get(q) : undefined);
    if (w !== undefined) {
      if (latest > w.ret) return false;
      if (own !== undefined || mistake !== 'calls of lost adds ignored')
        latest = Math.max(latest, w.call);
    }
    if (seen.some((o) => latest > o.ret)) return false;
    if (mistake !== 'calls of reads ignored') latest = Math.max(latest, ...seen.map((o) => o.call));
  }
  return true;
}

/** Histories of counters, as places. */
function* randomPlaces(label: string, count: number): Iterable<{ places: Places; right: boolean }> {
  const r: Random = random(label);
  for (let i = 0; i < count; i++) {
    const family = counterFamily(r.pick([1, 5, -2]), r.pick([0, 7]));
    const { calls } = callsByKey(randomEvents(r, family))[0] ?? { calls: [] };
    const places = counterPlaces(calls, family.initial);
    if (isUnfit(places) || 'conflict' in places) continue;
    yield { places, right: judgeChain(places).type === 'valid' };
  }
}

describe('the chain rule', () => {
  test('written plainly says the same', () => {
    for (const { places, right } of randomPlaces('plain', 20_000))
      expect(plainChain(places, 'none')).toBe(right);
  });

  test.each([
    'lost adds from the latest call',
    'lost adds from the end of the chain',
    'calls of lost adds ignored',
    'calls of reads ignored',
    'every lost add made to happen',
    'only gaps that were read',
    'gaps not filled at all',
  ] satisfies Mistake[])('is wrong with %s', (mistake) => {
    let caught = 0;
    for (const { places, right } of randomPlaces('mistakes', 20_000))
      if (plainChain(places, mistake) !== right) caught++;
    expect(caught).toBeGreaterThan(3);
  });
});
