/** Evidence for any object: by its model, its parts, and what may be done to its operations. */
import { type Call, isCertain } from '../calls.ts';
import type { Model } from '../checker.ts';
import { builtInModel } from '../models/models.ts';
import type { Limits } from '../verdict.ts';
import { judgeAdds } from './adds.ts';
import { bruteForce } from './brute-force.ts';
import { type Answer, type Conflict, culpritOf, rowsOf } from './conflict.ts';
import {
  type Evidence,
  STRETCH_MAX,
  STRETCH_MIN,
  byCall,
  culpritLast,
  restored,
  stretchBefore,
} from './evidence-parts.ts';
import { judgeFrontier } from './frontier/judge.ts';
import { modelTask } from './frontier/model-task.ts';
import type { KeyAnswer, KeyQuestion } from './judge-key.ts';
import { sentence } from './sentences.ts';
import { startsOf } from './starts.ts';
import { type Small, shrinkByModel, weakeningOf } from './shrink-by-model.ts';
import { shrink } from './shrink.ts';
import { judgeWgl } from './wgl.ts';

/** By the model alone: what is left is asked again of the same algorithm, then of another one. */
export function fromModel(
  question: KeyQuestion,
  judged: KeyAnswer,
  conflict: Conflict,
): Evidence | undefined {
  const { calls, kind, model, initial } = question;
  const elements = Array.isArray(initial) ? initial : [];
  const limits = { steps: Math.max(5000, 4 * calls.length) };
  const own = kind === 'register' ? undefined : judged.searched;
  const by = {
    kind,
    model,
    always: kind === 'multi-register' ? [] : elements.map((element) => JSON.stringify(element)),
    judge: (some: readonly Call[]): Answer =>
      own?.judge(some, limits) ?? byFrontier(some, model, limits),
    trials: Math.max(20, Math.min(200, Math.ceil(TRIED_MAX / (calls.length + 1)))),
  };
  const small = shrinkByModel(calls, byCall(rowsOf(conflict)), by);
  if (small === undefined) return undefined;
  const given = kind === undefined || kind === 'register';
  const plain = given ? model : builtInModel(kind, [], initial);
  const confirmed = confirmedBy(small.calls, [plain], judged.by === 'wgl');
  return smallEvidence(question, placed(small, plain), confirmed);
}

/** Who foresees that there is no order fails too early: the return that has no place is found without. */
function placed(small: Small, model: Model<unknown>): Small {
  if (model.foresee === undefined || small.conflict.kind !== 'exhausted') return small;
  const blind = Object.create(model, { foresee: { value: undefined } }) as Model<unknown>;
  const answer = byFrontier(small.calls, blind);
  return answer.type === 'invalid' ? { ...small, conflict: answer.conflict } : small;
}

/** Operations judged in all while a history is made smaller by its model. */
const TRIED_MAX = 200_000;

/** A stretch in which there is no order whatever the object was when it began; undefined: none is found. */
export function fromAnyStart(question: KeyQuestion, culprit: number): Evidence | undefined {
  const { calls, model, kind } = question;
  for (let returns = STRETCH_MIN; returns <= STRETCH_MAX; returns *= 2) {
    const { rows, stretch, whole } = stretchBefore(calls, culprit, returns);
    const starts = whole ? [model.init] : startsOf(kind, stretch);
    if (starts === undefined) continue;
    const models = starts.map((init) => ({ ...model, init }));
    const limits = { steps: 2000 + 20 * stretch.length };
    const judge = (some: readonly Call[]): Answer => {
      let last: Answer | undefined;
      for (const each of models) {
        last = counted(some, each.init) ?? byFrontier(some, each, limits);
        if (last.type !== 'invalid') return last;
      }
      return last ?? { type: 'not-applicable', why: 'it can have begun in no way' };
    };
    const all = stretch.map((_, i) => i);
    const trials = Math.ceil(STRETCH_JUDGED / (models.length * stretch.length));
    const shrunk = shrink(stretch, all, judge, Math.min(200, trials), weakeningOf(question));
    if (shrunk !== undefined) {
      const small = {
        calls: shrunk.weakened.calls,
        rows: shrunk.weakened.rows.map((i) => rows[i] as number),
        conflict: shrunk.answer.conflict,
      };
      return smallEvidence(question, small, confirmedBy(small.calls, models, false));
    }
    if (whole) return undefined;
  }
  return undefined;
}

/** Operations of a stretch judged in all, for every start. */
const STRETCH_JUDGED = 400_000;

/** Sums by their own rule, which needs no search; undefined: it does not apply. */
function counted(calls: readonly Call[], start: unknown): Answer | undefined {
  if (typeof start !== 'number') return undefined;
  const answer = judgeAdds(calls, start);
  return answer.type === 'not-applicable' ? undefined : answer;
}

function byFrontier(
  calls: readonly Call[],
  model: Model<unknown>,
  limits: Limits = { steps: STEPS },
): Answer {
  return judgeFrontier(modelTask(calls, model), { limits }).answer;
}

function smallEvidence({ calls }: KeyQuestion, small: Small, confirmed: boolean): Evidence {
  const strong = small.rows.filter((_, i) => isCertain(small.calls[i] as Call));
  const optional = small.rows.filter((_, i) => !isCertain(small.calls[i] as Call));
  return {
    strong: culpritLast(strong, small.rows[culpritOf(small.calls, small.conflict)]),
    optional,
    why: sentence(restored(small.calls, small.rows, calls), small.conflict, calls),
    confirmed,
  };
}

const STEPS = 50_000;

/** Does a second checker find no order in a small history either, whatever it begins with? */
function confirmedBy(
  calls: readonly Call[],
  models: readonly Model<unknown>[],
  searched: boolean,
): boolean {
  if (calls.length <= CONFIRM_MAX) return models.every((model) => !bruteForce(calls, model));
  const limits = { steps: CONFIRM_STEPS };
  return !searched && models.every((model) => judgeWgl(calls, model, limits).type === 'invalid');
}

const CONFIRM_MAX = 12;
const CONFIRM_STEPS = 20_000;
