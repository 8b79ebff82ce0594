/**
 * Progress where there is no terminal to draw on: a line per step, and one every few seconds while
 * the run goes on. Everything goes to stderr; stdout carries the result.
 */
import { keepsPromises } from '../../faults/promises.ts';
import { count, duration, plural } from '../../base/figures.ts';
import { faultText } from '../../faults/fault-text.ts';
import type { Progress } from '../../run/drive.ts';
import type { FuzzObserver } from '../../run/fuzz-run.ts';
import type { FaultRecord } from '../../run/nemesis-run.ts';
import type { Plan } from '../../run/plan.ts';
import { headline } from './headline.ts';

const EVERY_MS = 3000;

/** A view of one run: an observer, and a way to end it. */
export interface View extends FuzzObserver {
  /** Idempotent. */
  close(): void;
}

/** Lines by way of `write`, which gets each without its line end. */
export function plainView(write: (line: string) => void): View {
  let plan: Plan | undefined;
  let timer: NodeJS.Timeout | undefined;
  let step: { readonly text: string; readonly beganMs: number } | undefined;
  const endStep = (): void => {
    if (step !== undefined)
      write(`  ✔ ${step.text.padEnd(48)} ${duration(performance.now() - step.beganMs)}`);
    step = undefined;
  };
  const close = (): void => clearInterval(timer);
  return {
    onPlan(made) {
      plan = made;
      write(headline(made));
      for (const { kind, reason } of made.skipped) write(`  skipped ${kind}: ${reason}`);
      const broken = keepsPromises(made.faults, made.nodes);
      if (broken !== undefined) write(`  warning ${broken}`);
    },
    onPhase(text) {
      endStep();
      step = { text, beganMs: performance.now() };
    },
    onRunning(look) {
      endStep();
      timer = setInterval(() => {
        if (plan !== undefined) write(progressLine(plan, look()));
      }, EVERY_MS);
    },
    onChecking: close,
    close,
  };
}

/** `  6.0 s  1,204 of 2,000  ok 1,086  mismatch 94  fail 9  info 15  partition one {n1 | n2 n3}`. */
export function progressLine(plan: Plan, progress: Progress): string {
  const { tally } = progress;
  const outcomes = (['ok', 'mismatch', 'fail', 'info'] as const).map(
    (kind) => `${kind} ${count(tally.total(kind))}`,
  );
  const on = activeFaults(progress).map((record) => recordText(record, plan));
  const phase = progress.phase === 'working' ? on : [PHASES[progress.phase]];
  const seconds = (progress.timeNs / 1e9).toFixed(1);
  const checked = followedText(progress);
  return [
    `  ${seconds} s`,
    `${count(tally.invoked)} of ${count(plan.ops)}`,
    ...outcomes,
    ...(checked === undefined ? [] : [checked]),
    ...phase,
  ].join('  ');
}

/** How far the check is that goes along: what it has not come to waits for operations that are open. */
export function followedText({ followed }: Progress): string | undefined {
  if (followed === undefined) return undefined;
  const { judged, waiting, left } = followed;
  const behind = waiting === 0 ? '' : `, ${count(waiting)} wait`;
  return `checked ${count(judged)} events${behind}${left === 0 ? '' : `, ${plural(left, 'key')} at the end`}`;
}

/** A fault as it was carried out. */
export function recordText({ fault, nodes, links }: FaultRecord, plan: Plan): string {
  return faultText({ ...fault, nodes, links }, plan.nodes);
}

/** What a run does after its last operation. */
export const PHASES = {
  working: '',
  healing: 'everything is healed',
  rejoining: 'waiting until every node serves',
  reading: 'reading every key on every node',
  comparing: 'comparing what the replicas hold',
  done: 'done',
} as const satisfies Record<Progress['phase'], string>;

/** Faults that are on. One that was told to end is not: what follows is the way back. */
export function activeFaults({ faults }: Progress): Progress['faults'] {
  return faults.filter(({ startNs, endNs }) => startNs !== undefined && endNs === undefined);
}
