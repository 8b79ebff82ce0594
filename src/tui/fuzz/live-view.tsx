/**
 * The run as it goes on, drawn on a terminal ten times a second at most: a line per node with its
 * state and rate, outcomes, latencies, faults.
 */
import { Box, render, Static, Text } from 'ink';
import { useEffect, useState } from 'react';
import { count, duration } from '../../base/figures.ts';
import type { NodeName, NodeStatus } from '../../base/operation.ts';
import type { FaultKind } from '../../faults/fault.ts';
import type { Progress } from '../../run/drive.ts';
import type { Plan } from '../../run/plan.ts';
import { headline } from './headline.ts';
import { activeFaults, followedText, PHASES, recordText, type View } from './plain-view.ts';
import { Rates } from './rates.ts';

const REDRAW_MS = 100;

interface Step {
  readonly text: string;
  readonly beganMs: number;
  readonly endedMs: number | undefined;
}

/** What the drawing shows; changed in place by the observer, looked at by the drawing. */
export interface LiveState {
  plan: Plan | undefined;
  steps: Step[];
  look: (() => Progress) | undefined;
  checking: boolean;
  readonly rates: Rates;
}

/** Draws on stderr, so that stdout carries the result alone. */
export function liveView(): View {
  const state: LiveState = {
    plan: undefined,
    steps: [],
    look: undefined,
    checking: false,
    rates: new Rates(),
  };
  const ink = render(<Live state={state} />, {
    stdout: process.stderr,
    stdin: process.stdin,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  const endStep = (): void => {
    state.steps = state.steps.map((step) =>
      step.endedMs === undefined ? { ...step, endedMs: performance.now() } : step,
    );
  };
  return {
    onPlan: (plan) => void (state.plan = plan),
    onPhase(text) {
      endStep();
      state.steps = [...state.steps, { text, beganMs: performance.now(), endedMs: undefined }];
    },
    onRunning(look) {
      endStep();
      state.look = look;
    },
    onChecking: () => void (state.checking = true),
    close: () => ink.unmount(),
  };
}

/** The whole screen. */
export function Live({ state }: { readonly state: LiveState }) {
  const [, setTurn] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTurn((turn) => turn + 1), REDRAW_MS);
    return () => clearInterval(timer);
  }, []);
  const { plan, steps, look, checking, rates } = state;
  if (plan === undefined) return null;
  const done = steps.filter(({ endedMs }) => endedMs !== undefined);
  const progress = look?.();
  if (progress !== undefined) rates.look(progress);
  return (
    <Box flexDirection="column">
      <Static items={[headline(plan), ...done]}>
        {(item) =>
          typeof item === 'string' ? (
            <Text key="head">
              {item}
              {'\n'}
            </Text>
          ) : (
            <StepLine key={item.text} step={item} />
          )
        }
      </Static>
      {steps.slice(done.length).map((step) => (
        <StepLine key={step.text} step={step} />
      ))}
      {progress !== undefined && <Running plan={plan} progress={progress} rates={rates} />}
      {checking && <Text>{'  checking what was recorded'}</Text>}
    </Box>
  );
}

function StepLine({ step: { text, beganMs, endedMs } }: { readonly step: Step }) {
  const took = endedMs === undefined ? '…' : duration(endedMs - beganMs);
  return <Text>{`  ${endedMs === undefined ? '·' : '✔'} ${text.padEnd(48)} ${took}`}</Text>;
}

function Running({
  plan,
  progress,
  rates,
}: {
  readonly plan: Plan;
  readonly progress: Progress;
  readonly rates: Rates;
}) {
  const { tally, phase } = progress;
  const totals = (['ok', 'mismatch', 'fail', 'info'] as const).map(
    (kind) => `${kind} ${count(tally.total(kind))}`,
  );
  const percent = Math.min(100, Math.floor((100 * tally.invoked) / plan.ops));
  const bar = '█'.repeat(Math.floor(percent / 5)).padEnd(20, '░');
  const followed = followedText(progress);
  const done = progress.faults.filter(({ stopNs }) => stopNs !== undefined).length;
  return (
    <Box flexDirection="column" marginTop={1}>
      {plan.nodes.map((node) => (
        <NodeLine key={node} node={node} progress={progress} rates={rates} />
      ))}
      <Text> </Text>
      <Text>{`  operations  ${count(tally.invoked)} of ${count(plan.ops)}  ${bar}  ${percent} %`}</Text>
      <Text>{`              ${totals.join('   ')}`}</Text>
      {[...tally.byOperation].map(([f, { latency }]) => (
        <Text key={f}>{`  ${f.padEnd(10)}  ${latencyText(latency)}`}</Text>
      ))}
      <Text wrap="truncate">{`  faults      ${faultsText(plan, progress, done)}`}</Text>
      {followed !== undefined && <Text>{`  check       ${followed}`}</Text>}
      {phase !== 'working' && <Text>{`  ${PHASES[phase]}`}</Text>}
    </Box>
  );
}

function latencyText(latency: { percentile(p: number): number; readonly max: number }): string {
  const at = (ns: number): string => duration(ns / 1e6).padEnd(8);
  return `p50 ${at(latency.percentile(50))} p99 ${at(latency.percentile(99))} max ${duration(latency.max / 1e6)}`;
}

function faultsText(plan: Plan, progress: Progress, done: number): string {
  const on = activeFaults(progress).map((record) => {
    const leftS = Math.max(0, ((record.startNs ?? 0) + record.fault.forNs - progress.timeNs) / 1e9);
    return `${recordText(record, plan)} ${leftS.toFixed(1)} s left`;
  });
  return [...(on.length === 0 ? ['none'] : on), `${done} of ${progress.faults.length} done`].join(
    ' · ',
  );
}

function NodeLine({
  node,
  progress,
  rates,
}: {
  readonly node: NodeName;
  readonly progress: Progress;
  readonly rates: Rates;
}) {
  const status = progress.status.get(node);
  const struck = struckBy(node, progress);
  const words = [
    node.padEnd(4),
    (struck ?? stateText(status)).padEnd(12),
    `epoch ${status?.epoch ?? '–'}`.padEnd(10),
    leaseText(status).padEnd(13),
    `${count(rates.of(node))} op/s`.padStart(11),
    ` ${rates.spark(node)}`,
  ];
  return struck === undefined ? (
    <Text>{`  ${words.join(' ')}`}</Text>
  ) : (
    <Text color="yellow">{`  ${words.join(' ')}`}</Text>
  );
}

/** What a node says of itself: with how far it is where it copies the data. */
function stateText(status: NodeStatus | undefined): string {
  const { state = 'silent', transfer } = status ?? {};
  if (state !== 'joining' || transfer === undefined || transfer.of === 0) return state;
  return `${state} ${Math.min(100, Math.floor((100 * transfer.keys) / transfer.of))} %`;
}

/** Faults that take a node's process, and what it then is. */
const TAKEN: Readonly<Partial<Record<FaultKind, string>>> = { pause: 'paused', kill: 'killed' };

/** What is being done to a node, in a word. `cut`: it cannot talk to a majority, itself counted. */
function struckBy(node: NodeName, progress: Progress): string | undefined {
  for (const { fault, nodes, links } of activeFaults(progress)) {
    const own = links.filter((link) => link.includes(node));
    if (links.length === 0 && nodes.includes(node)) return TAKEN[fault.kind] ?? fault.kind;
    if (fault.kind !== 'partition' && own.length > 0) return fault.kind;
    const lost = new Set(own.map(([a, b]) => (a === node ? b : a))).size;
    if (fault.kind === 'partition' && lost > (progress.status.size - 1) / 2) return 'cut';
  }
  return undefined;
}

function leaseText(status: NodeStatus | undefined): string {
  if (status === undefined || status.leaseLeftUs === null) return '';
  return status.leaseLeftUs <= 0 ? 'lease –' : `lease ${Math.round(status.leaseLeftUs / 1000)} ms`;
}
