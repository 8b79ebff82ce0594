/**
 * Fast against general against brute force on random small histories, as many as are asked for: zones,
 * chains, the rules of queues and sets, the frontier search (by columns and by the model alone), the
 * classical search, and what follows a history while it is recorded. Stops at the first disagreement, with the history.
 *
 *     node bench/differential.ts [histories]     default 1,000,000
 */
import type { Value } from '../src/base/operation.ts';
import { random } from '../src/base/random.ts';
import type { HistoryEvent } from '../src/history/event.ts';
import { type Call, callsByKey } from '../src/checkers/calls.ts';
import { bruteForce } from '../src/checkers/linearizability/brute-force.ts';
import { type Algorithm, judgeKey } from '../src/checkers/linearizability/judge-key.ts';
import { judgeFrontier } from '../src/checkers/linearizability/frontier/judge.ts';
import { modelTask } from '../src/checkers/linearizability/frontier/model-task.ts';
import { Follower } from '../src/checkers/online/follower.ts';
import { verifyLinearization } from '../src/checkers/linearizability/verify.ts';
import { type ObjectKind, builtInModel } from '../src/checkers/models/models.ts';
import {
  type Family,
  counterFamily,
  listFamily,
  mixedFamily,
  multiRegisterFamily,
  mutexFamily,
  queueFamily,
  randomEvents,
  registerFamily,
  setFamily,
  stackFamily,
  textFamily,
} from '../src/checkers/random-history.case.ts';

const FAMILIES: readonly (readonly [ObjectKind, Family])[] = [
  ['register', registerFamily(0)],
  ['register', registerFamily(2)],
  ['register', registerFamily(4, 2)],
  ['register', mixedFamily(null)],
  ['register', counterFamily(1, 0)],
  ['register', counterFamily(-2, 7)],
  ['register', counterFamily(1, 0, 0)],
  ['register', counterFamily(1, 3, 4)],
  ['list', listFamily(10)],
  ['list', listFamily(5)],
  ['queue', queueFamily(true, 0)],
  ['queue', queueFamily(true, 2)],
  ['queue', queueFamily(true, 0, true)],
  ['bag', queueFamily(false, 0)],
  ['bag', queueFamily(false, 0, true)],
  ['bag', queueFamily(false, 2, true)],
  ['stack', stackFamily(0)],
  ['stack', stackFamily(2, true)],
  ['set', setFamily(false)],
  ['set', setFamily(true)],
  ['set', setFamily(true, false)],
  ['mutex', mutexFamily()],
  ['text', textFamily()],
  ['multi-register', multiRegisterFamily()],
  ['multi-register', multiRegisterFamily(true)],
];

/** A model of each kind, as a header names it. */
const NAMES: Readonly<Record<ObjectKind, string>> = {
  register: 'register',
  list: 'append-list',
  queue: 'queue',
  bag: 'unordered-queue',
  stack: 'stack',
  set: 'set',
  mutex: 'mutex',
  text: 'append-kv',
  'multi-register': 'multi-register',
};

const ALGORITHMS: readonly Algorithm[] = ['auto', 'frontier', 'wgl'];

/** What is wrong with the answers on this history, or undefined. */
function disagreement(
  kind: ObjectKind,
  calls: readonly Call[],
  initial: Value,
): string | undefined {
  const plain = builtInModel(kind, [], initial);
  const model = builtInModel(kind, calls, initial);
  const right = bruteForce(calls, model);
  if (kind !== 'register' && bruteForce(calls, plain) !== right)
    return 'the model with foresight differs from the plain one';
  for (const algorithm of ALGORITHMS) {
    const { answer, by } = judgeKey({ calls, kind, initial, model, algorithm, limits: {} });
    if (answer.type !== 'valid' && answer.type !== 'invalid') return `${algorithm}: ${answer.type}`;
    if ((answer.type === 'valid') !== right) return `${algorithm} (${by}) says ${answer.type}`;
    const wrong = answer.type === 'valid' && verifyLinearization(calls, answer.order, model);
    if (wrong) return `${algorithm} (${by}): ${wrong}`;
  }
  const { answer } = judgeFrontier(modelTask(calls, model), {});
  return (answer.type === 'valid') === right ? undefined : `frontier by the model: ${answer.type}`;
}

/** What is wrong with what was found while it was recorded, or undefined. */
function followedWrong(
  kind: ObjectKind,
  events: readonly HistoryEvent[],
  initial: Value,
  right: boolean,
): string | undefined {
  const follower = new Follower({ hermes: 1, model: NAMES[kind], initial });
  for (const event of events) follower.take(event);
  follower.finish();
  const found = follower.violation;
  if (found !== undefined)
    return right ? `a violation at event ${found.invoke.index} while recorded` : undefined;
  if (follower.progress.left > 0) return undefined;
  // It need not find all that is wrong: lists whose appends do not answer, queues seen empty.
  if (right) followed++;
  else missed++;
  return undefined;
}

const total = Number(process.argv[2] ?? 1_000_000);
const label = `differential/${process.argv[3] ?? 'fixed'}`;
let [valid, invalid, followed, missed] = [0, 0, 0, 0];
for (let i = 0; i < total; i++) {
  const [kind, family] = FAMILIES[i % FAMILIES.length] as (typeof FAMILIES)[number];
  const events = randomEvents(random(`${label}/${i}`), family);
  const { calls } = callsByKey(events)[0] ?? { calls: [] };
  const right = bruteForce(calls, builtInModel(kind, calls, family.initial));
  const wrong =
    disagreement(kind, calls, family.initial) ?? followedWrong(kind, events, family.initial, right);
  if (wrong !== undefined) {
    console.error(`${family.name}, history ${i}: ${wrong}`);
    for (const event of events) console.error(JSON.stringify(event));
    process.exit(1);
  }
  if (right) valid++;
  else invalid++;
  if ((i + 1) % 100_000 === 0) console.log(`${i + 1} histories`);
}
console.log(
  `${total} histories (${valid} linearizable, ${invalid} not; ${followed} followed to the end without a violation, ${missed} found wrong only by the check of the whole): no disagreement`,
);
