/** The part of a plan that says what breaks: the schedule, from words, planted bugs, or by default. */
import type { NodeName } from '../base/operation.ts';
import type { Random } from '../base/random.ts';
import type { Nemesis, Schedule } from '../faults/fault.ts';
import { customSchedule, makeSchedule } from '../faults/fault-schedule.ts';
import { type FaultChoice, nemesisText, parseNemesis } from '../faults/nemesis.ts';
import type { BugInfo } from '../protocols/machine.ts';
import type { PlanContext } from './plan-context.ts';
import { positive } from './plan-numbers.ts';
import type { PlanRequest } from './plan-request.ts';

/** The faults of a run that asks for none in particular: those of these kinds that can be done. */
export const DEFAULT_NEMESIS = ['partition', 'pause', 'disconnect', 'messages'] as const;

/** The schedule, and the words that ask for it again. */
export function planNemesis(
  request: PlanRequest,
  bugs: readonly BugInfo[],
  context: PlanContext,
  nodes: readonly NodeName[],
  source: Random,
) {
  const words = request.nemesis?.flatMap((text) =>
    context.nemeses.has(text) ? [text] : text.split(/,(?![^[]*\])/),
  );
  const own = (words ?? []).filter((word) => context.nemeses.has(word));
  const plain = words?.filter((word) => !context.nemeses.has(word));
  const mix =
    plain === undefined
      ? defaultMix(bugs, context)
      : own.length > 0 && plain.length === 0
        ? []
        : parseNemesis(plain);
  const durationNs = request.timeLimitS === undefined ? undefined : request.timeLimitS * 1e9;
  const intervalNs =
    request.nemesisIntervalS === undefined
      ? undefined
      : positive('--nemesis-interval', request.nemesisIntervalS) * 1e9;
  const built = makeSchedule(source.split('faults'), mix, nodes, context.able, {
    durationNs,
    intervalNs,
  });
  const custom = own.flatMap((word) =>
    customSchedule(context.nemeses.get(word) as Nemesis, source.split('faults'), nodes, {
      durationNs: durationNs ?? 12e9,
      intervalNs,
    }),
  );
  const schedule: Schedule = {
    faults: inOrder([...built.faults, ...custom]),
    skipped: built.skipped,
  };
  return {
    words:
      mix.length > 0 || own.length === 0
        ? [...nemesisText(mix).split(/,(?![^[]*\])/), ...own]
        : own,
    schedule,
  };
}

function inOrder(faults: Schedule['faults']): Schedule['faults'] {
  return [...faults].sort((a, b) => a.atNs - b.atNs).map((fault, i) => ({ ...fault, id: i + 1 }));
}

/** What the planted bugs need, or the usual kinds; those that cannot be done here are left out. */
function defaultMix(bugs: readonly BugInfo[], { able }: PlanContext): FaultChoice[] {
  const needed = bugs.flatMap(({ run }) => (run?.nemesis === undefined ? [] : [run.nemesis]));
  if (needed.length > 0) {
    const wanted = needed.filter((text) => text !== 'none');
    return parseNemesis(wanted.length === 0 ? ['none'] : wanted);
  }
  const kinds = DEFAULT_NEMESIS.filter((kind) => able[kind] === true);
  return parseNemesis(kinds.length === 0 ? ['none'] : kinds);
}
