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
export const DEFAULT_NEMESIS = ['partition', 'pause', 'kill', 'disconnect', 'messages'] as const;

/** About as long as `makeSchedule` goes on where nobody says how long. */
const DEFAULT_SCHEDULE_NS = 12e9;

/** Operations per second that faults leave a client time for, on a machine that does other things too. */
const OPS_PER_CLIENT_SECOND = 50;

/**
 * How long faults go on, in ns: as long as clients work. Undefined: no longer than the schedule of a
 * run that asks for nothing in particular.
 */
export function workNs(
  { ops, rate, timeLimitS }: Pick<PlanRequest, 'ops' | 'rate' | 'timeLimitS'>,
  clients: number,
): number | undefined {
  if (timeLimitS !== undefined) return timeLimitS * 1e9;
  if (ops === undefined) return undefined;
  const perSecond = Number(rate);
  const seconds = ops / (perSecond > 0 ? perSecond : OPS_PER_CLIENT_SECOND * clients);
  return seconds * 1e9 <= DEFAULT_SCHEDULE_NS ? undefined : Math.round(seconds * 1e9);
}

/** The schedule, and the words that ask for it again. */
export function planNemesis(
  request: PlanRequest,
  bugs: readonly BugInfo[],
  context: PlanContext,
  nodes: readonly NodeName[],
  clients: number,
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
  const durationNs = workNs(request, clients);
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
      durationNs: durationNs ?? DEFAULT_SCHEDULE_NS,
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
