/**
 * The table of `hermes cluster status`.
 */
import type { NodeStatus } from '../../base/operation.ts';
import { faultText } from '../../faults/fault-text.ts';
import type { ClusterReport, NodeReport } from './cluster-status.ts';
import { transferText } from './view-text.ts';

/** One cluster: a headline, a line per node, the faults that are on. */
export function statusText(report: ClusterReport, before?: ClusterReport): string {
  const { name, protocol, runtime, upMs } = report;
  const headline = `cluster ${name} · ${protocol} · ${runtime} · up ${duration(upMs)}`;
  const rows = report.nodes.map((node) => row(node, rateOf(node, report, before)));
  const columns = COLUMNS.filter(({ key }) => rows.some((each) => each[key] !== undefined));
  const lines = [
    headline,
    ...membershipLines(report),
    ...table([
      columns.map(({ title }) => title),
      ...rows.map((each) => columns.map(({ key }) => each[key] ?? '–')),
    ]),
    ...remarks(report),
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

/** The view, and who decides on the next one. */
function membershipLines({ view, leader, founders, nodes }: ClusterReport): string[] {
  if (view === undefined) return [];
  const { epoch, members, copying } = view;
  const full = members.filter((node) => !copying.includes(node)).sort(byNumber);
  const rest = copying.length === 0 ? '' : ` | copying ${copying.join(' ')}`;
  const gone = founders.filter((founder) => !nodes.some(({ name }) => name === founder));
  const words = [
    `view ${epoch} {${full.join(' ')}${rest}}`,
    `leader ${leader ?? 'nobody'}`,
    `decided by ${founders.join(' ')}${gone.length === 0 ? '' : ` (gone: ${gone.join(' ')})`}`,
  ];
  return [`  ${words.join(' · ')}`];
}

function byNumber(a: string, b: string): number {
  return Number(a.slice(1)) - Number(b.slice(1));
}

/** What of a node needs more than a column. */
function remarks({ nodes, name }: ClusterReport): string[] {
  const flag = nameFlag(name);
  const copying = nodes.flatMap(({ name: node, status }) => {
    const text = status === undefined ? '' : transferText(status);
    return text === '' ? [] : [`  ${node} copies the data  ${text}`];
  });
  const silent = nodes.flatMap(({ name: node, status }) =>
    status?.vote === 'lost'
      ? [
          `  ${node} lost its disk and has no part in decisions: hermes cluster reset ${node}${flag}`,
        ]
      : [],
  );
  const lost = nodes.some(({ state }) => state === 'lost')
    ? [`  nobody holds the data any more: hermes cluster reset${flag} starts anew, empty`]
    : [];
  return [...copying, ...silent, ...lost];
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
  { key: 'valid', title: 'valid' },
  { key: 'others', title: 'others' },
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
    ...(status.epoch > 0 && { epoch: String(status.epoch) }),
    ...(status.epoch > 0 &&
      status.leaseLeftUs !== null && { lease: `${Math.round(status.leaseLeftUs / 1000)} ms` }),
    ...(all !== undefined && {
      keys: number(all),
      valid: number(V ?? all),
      others: otherStates(status),
    }),
    ...(rate !== undefined && { rate: number(Math.round(rate)) }),
    ...(memory !== undefined && { memory: `${Math.round(memory / 1e6)} MB` }),
  };
}

/** Keys that are not simply valid, by state: `I 12, W 3`. */
function otherStates({ keys }: NodeStatus): string {
  const words = Object.entries(keys).filter(
    ([state, count]) => state !== 'V' && state !== 'all' && count > 0,
  );
  return words.length === 0
    ? '–'
    : words.map(([state, count]) => `${state} ${number(count)}`).join(', ');
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
