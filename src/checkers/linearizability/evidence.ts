/**
 * From "there is no order" to what a person can check: a few operations, a sentence, and whether a
 * second checker agrees.
 */
import { type Call, isCertain, isUnknown } from '../calls.ts';
import { builtInModel } from '../models/models.ts';
import type { Anomaly } from '../verdict.ts';
import { confirmPlaces } from './confirm-places.ts';
import { type Reason, confirmReason } from './confirm.ts';
import { type Conflict, culpritOf, rowsOf } from './conflict.ts';
import { fromAnyStart, fromModel } from './evidence-by-model.ts';
import { fromShrinking, fromStretch, fromWhole, zones } from './evidence-of-register.ts';
import { type Evidence, byCall, culpritLast, plain } from './evidence-parts.ts';
import { type KeyAnswer, type KeyQuestion, judgeKey } from './judge-key.ts';
import { sentence } from './sentences.ts';
import { partsOfObject } from './split.ts';
import { tightened } from './tighten.ts';

/** The anomaly of a key that is not linearizable. */
export function anomalyOf(
  key: number | string | undefined,
  question: KeyQuestion,
  judged: KeyAnswer,
  conflict: Conflict,
): Anomaly {
  const { calls } = question;
  const evidence = evidenceOf(question, judged, conflict);
  const index = (row: number): number => (calls[row] as Call).invoke.index;
  return {
    type: 'nonlinearizable',
    ...(key !== undefined && { key }),
    why: evidence.why,
    operations: evidence.strong.map(index),
    optional: evidence.optional.map(index),
    detail: {
      algorithm: judged.by,
      conflict: conflict.kind,
      confirmed: evidence.confirmed,
      of: calls.length,
      ...(judged.states !== undefined && { states: judged.states }),
    },
  };
}

function evidenceOf(question: KeyQuestion, judged: KeyAnswer, conflict: Conflict): Evidence {
  if (question.verdictOnly === true) return plain(question, conflict);
  switch (judged.by) {
    case 'zones': {
      const near =
        conflict.kind === 'interleaved' && judged.columns !== undefined
          ? tightened(judged.columns, conflict)
          : conflict;
      return (
        fromShrinking(question, rowsOf(near), (calls) => zones(calls, question)) ??
        plain(question, near)
      );
    }
    case 'chain':
    case 'append-list':
      return fromPlaces(question, judged.by === 'chain' ? 'counter' : 'list', conflict);
    case 'queue':
    case 'inclusion':
      return fromRule(question, judged, conflict);
    case 'parts':
      return fromPart(question, conflict) ?? fromSearch(question, judged, conflict);
    case 'matching':
    case 'frontier':
    case 'wgl':
      return fromSearch(question, judged, conflict);
  }
}

/** Of a part of the object that has no order by itself. */
function fromPart(question: KeyQuestion, conflict: Conflict): Evidence | undefined {
  const { calls, kind, initial } = question;
  const culprit = culpritOf(calls, conflict);
  const parts = kind && partsOfObject(kind, calls, initial);
  const part = parts?.find(({ rows }) => rows.includes(culprit));
  if (part === undefined) return undefined;
  const model = builtInModel(part.kind, part.calls, part.initial);
  const alone = { ...question, ...part, model, algorithm: 'frontier' as const };
  const judged = judgeKey(alone);
  if (judged.answer.type !== 'invalid') return undefined;
  const found = evidenceOf(alone, judged, judged.answer.conflict);
  const out = (rows: readonly number[]): number[] => rows.map((row) => part.rows[row] as number);
  return {
    ...found,
    strong: out(found.strong),
    optional: out(found.optional),
    why: sentence(calls, conflict),
  };
}

function fromPlaces(question: KeyQuestion, kind: 'counter' | 'list', conflict: Conflict): Evidence {
  const { calls, initial } = question;
  return {
    ...plain(question, conflict),
    confirmed: confirmPlaces(calls, conflict, initial, kind),
  };
}

/**
 * The search knows the first return that cannot be passed. What was called after it is needed only
 * where somebody looks at what it wrote; and mostly a short stretch before it suffices, whatever the
 * value was when the stretch began.
 */
function fromSearch(question: KeyQuestion, judged: KeyAnswer, conflict: Conflict): Evidence {
  const { calls, model, kind } = question;
  const by = judged.by === 'wgl' ? 'wgl' : 'frontier';
  const culprit = culpritOf(calls, conflict);
  const end = (calls[culprit] as Call).ret;
  const prefix = calls.flatMap((call, row) => (call.call < end ? [row] : []));
  const shrunk =
    kind === 'register'
      ? (fromStretch(question, culprit) ?? fromWhole(question, prefix, by))
      : undefined;
  const found = shrunk ?? fromAnyStart(question, culprit) ?? fromModel(question, judged, conflict);
  // What is optional may leave so many orders that only the whole can be asked about.
  const whole = (): boolean => confirmReason(wholeOf(calls), model, by === 'wgl');
  if (found !== undefined) return { ...found, confirmed: found.confirmed || whole() };
  const strong = prefix.filter((row) => isCertain(calls[row] as Call));
  const optional = prefix.filter((row) => isUnknown(calls[row] as Call));
  return {
    strong: culpritLast(strong.slice(-WINDOW), culprit),
    optional: optional.slice(-WINDOW),
    why: sentence(calls, conflict),
    confirmed: whole(),
  };
}

/** Of a reason that could not be shrunk, at most so many operations are named: the last ones. */
const WINDOW = 60;

/** Queues and sets: the rule names the operations; what is left of the elements alone is asked of the brute force. */
function fromRule(question: KeyQuestion, judged: KeyAnswer, conflict: Conflict): Evidence {
  const rule = plain(question, conflict);
  const small = fromModel(question, judged, conflict);
  if (small === undefined) return rule;
  const { strong, optional } = small;
  return {
    ...rule,
    strong: culpritLast(byCall([...rule.strong, ...strong]), rule.strong.at(-1)),
    optional: optional.filter((row) => !rule.strong.includes(row)),
    confirmed: small.confirmed,
  };
}

/** Everything as recorded. */
function wholeOf(calls: readonly Call[]): Reason {
  return {
    calls,
    strong: calls.flatMap((call, row) => (isCertain(call) ? [row] : [])),
    optional: new Map(calls.flatMap((call, row) => (isUnknown(call) ? [[row, call]] : []))),
  };
}
