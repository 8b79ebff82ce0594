/** Which checkers follow which object: the first is tried first, the next where that one does not fit. */
import type { Value } from '../../base/operation.ts';
import { type ObjectKind, builtInModel } from '../models/models.ts';
import { registerModel } from '../models/register.ts';
import { type Online, plainValue } from './online.ts';
import { OnlineCounter } from './online-counter.ts';
import { OnlineFrontier } from './online-frontier.ts';
import { OnlineList } from './online-list.ts';
import { OnlineModel } from './online-model.ts';
import { OnlineParts } from './online-parts.ts';
import { OnlineQueue } from './online-queue.ts';
import { OnlineSet } from './online-set.ts';
import { OnlineZones } from './online-zones.ts';
import { RegisterCalls } from './register-calls.ts';
import { RegisterVocabulary } from './register-vocabulary.ts';

export type Ladder = readonly ((initial: Value) => Online)[];

/** The checkers of an object. `adds`: of a register to which something is added, so that absent is 0. */
export function ladderOf(kind: ObjectKind, adds: boolean): Ladder {
  return kind === 'register' && adds ? COUNTERS : LADDERS[kind];
}

const byModel = (kind: ObjectKind): Ladder => [
  (initial) => new OnlineModel(builtInModel(kind, [], initial)),
];

const LADDERS: Readonly<Record<ObjectKind, Ladder>> = {
  register: [
    (initial) => new RegisterCalls(new OnlineZones(initial), false),
    (initial) =>
      new RegisterCalls(new OnlineFrontier(new RegisterVocabulary(), plainValue(initial)), false),
    ...byModel('register'),
  ],
  list: [(initial) => new OnlineList(initial), ...byModel('list')],
  set: [
    (initial) => new OnlineSet(initial),
    // An element is in it or not, whatever the others are.
    (initial) => new OnlineParts(() => new OnlineModel(builtInModel('set', [], initial)), ['read']),
    ...byModel('set'),
  ],
  queue: [(initial) => new OnlineQueue(initial, 'fifo'), ...byModel('queue')],
  bag: [(initial) => new OnlineQueue(initial, 'any'), ...byModel('bag')],
  stack: byModel('stack'),
  mutex: byModel('mutex'),
  'multi-register': byModel('multi-register'),
  text: byModel('text'),
};

const COUNTERS: Ladder = [
  (initial) => new OnlineCounter(initial),
  (initial) => new RegisterCalls(new OnlineZones(initial ?? 0), true),
  (initial) => new OnlineModel(registerModel({ initial, nullIsZero: true })),
];
