/**
 * The table of `hermes cluster status`.
 */
import type { NodeStatus } from '../../base/operation.ts';
import { faultText } from '../../faults/fault-text.ts';
import type { ClusterReport, NodeReport } from './cluster-status.ts';

/** One cluster: a headline, a line per node, the faults that are on. */
export function statusText(report: ClusterReport, before?: ClusterReport): string {
  const { name, protocol, runtime, upMs } = report;
  const headline = `cluster ${name} · ${protocol} · ${runtime} · up ${duration(upMs)}`;
  const rows = report.nodes.map((node) => row(node, rateOf(node, report, before)));
  const columns = COLUMNS.filter(({ key }) => rows.some((each) => each[key] !== undefined));
  const lines = [
    headline,
    ...table([
      columns.map(({ title }) => title),
      ...rows.map((each) => columns.map(({ key }) => each[key] ?? '–')),
    ]),
  ];
  const names = report.nodes.map((node) => node.name);
  if (report.faults.length > 0) {
    lines.push(
      '  faults',
      ...report.faults.map((fault) => `    #${fault.id} ${faultText(fault, names)}`),
      `    end them: hermes cluster heal${nameFlag(name)}`,
    );
  }
  return lines.join('\n');
}

/** ` --name x`, for lines that people can paste. */
export function nameFlag(name: string): string {
  return name === 'default' ? '' : ` --name ${name}`;
}

const COLUMNS = [
  { key: 'node', title: 'node' },
  { key: 'state', title: 'state' },
  { key: 'address', title: 'address' },
  { key: 'epoch', title: 'epoch' },
  { key: 'lease', title: 'lease' },
  { key: 'keys', title: 'keys' },
  { key: 'invalid', title: 'invalid' },
  { key: 'rate', title: 'msgs/s' },
  { key: 'memory', title: 'memory' },
] as const;

type Row = Partial<Record<(typeof COLUMNS)[number]['key'], string>>;

function row(node: NodeReport, rate: number | undefined): Row {
  const { status } = node;
  const own = { node: node.name, state: node.state, address: node.address };
  if (status === undefined) return own;
  const { all, V } = status.keys;
  const memory = (status as NodeStatus & { memoryBytes?: number }).memoryBytes;
  return {
    ...own,
    epoch: String(status.epoch),
    ...(status.leaseLeftUs !== null && { lease: `${Math.round(status.leaseLeftUs / 1000)} ms` }),
    ...(all !== undefined && { keys: number(all), invalid: number(all - (V ?? all)) }),
    ...(rate !== undefined && { rate: number(Math.round(rate)) }),
    ...(memory !== undefined && { memory: `${Math.round(memory / 1e6)} MB` }),
  };
}

/** Protocol messages sent and received in a second, between two looks. */
function rateOf(node: NodeReport, now: ClusterReport, before?: ClusterReport): number | undefined {
  const old = before?.nodes.find(({ name }) => name === node.name)?.status;
  const { status } = node;
  if (before === undefined || old === undefined || status === undefined) return undefined;
  if (status.incarnation !== old.incarnation || now.upMs <= before.upMs) return undefined;
  return ((messages(status) - messages(old)) * 1000) / (now.upMs - before.upMs);
}

function messages({ counters }: NodeStatus): number {
  return (counters['framesSent'] ?? 0) + (counters['framesReceived'] ?? 0);
}

function number(x: number): string {
  return x.toLocaleString('en-US');
}

/** Columns two blanks apart. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) =>
    Math.max(...rows.map((each) => each[i]?.length ?? 0)),
  );
  return rows.map(
    (each) =>
      `  ${each
        .map((word, i) => word.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd()}`,
  );
}

/** `42 s`, `3 m`, `2 h 5 m`. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} m` : `${Math.floor(minutes / 60)} h ${minutes % 60} m`;
}
