/**
 * The judgement of a history of transactions: columns, inference, components, cycles, models. No search
 * that could time out: the same history gives the same verdict on every machine.
 */
import type { Anomaly } from '../verdict.ts';
import { type Cycle, type CycleReport, findCycles } from './cycles.ts';
import { rowsOf, walkGraph } from './components.ts';
import { cycleAnomaly, cycleType, findingAnomaly } from './evidence.ts';
import { inferAppend } from './infer-append.ts';
import { inferRegister } from './infer-register.ts';
import type { Inference } from './inference.ts';
import { type Judgement, extensionsOf, forbiddenBy, judgeModels, refutes } from './models.ts';
import type { Txns } from '../../history/packed/txns.ts';
import type { KeyAssumption } from './version-order.ts';

export interface Judged {
  readonly inference: Inference;
  /** All nodes of its graph; where that has no cycle, each before those to which it leads. */
  readonly order: Int32Array;
  readonly cycles: CycleReport;
  /** Exact names of all anomalies found, with how many: cycles by component. */
  readonly found: ReadonlyMap<string, number>;
}

/** What there is to be found in a history, whatever was asked. */
export function judge(txns: Txns, assume: readonly KeyAssumption[] = []): Judged {
  const inference = txns.kind === 'list-append' ? inferAppend(txns) : inferRegister(txns, assume);
  const rows = rowsOf(inference.edges);
  const { large, order } = walkGraph(txns, rows);
  const cycles = findCycles(txns, rows, large);
  const found = new Map([...inference.findings.counts, ...cycles.counts]);
  return { inference, order, cycles, found };
}

export interface Refuted extends Judgement {
  /** Anomalies that the models asked for forbid, with their evidence. */
  readonly anomalies: readonly Anomaly[];
  /** Their types, with how many. */
  readonly types: ReadonlyMap<string, number>;
}

/** What of it the models asked for forbid. */
export function refutedBy(
  { inference, cycles, found }: Judged,
  models: readonly string[],
): Refuted {
  const forbidden = forbiddenBy(models);
  const { session, realtime } = extensionsOf(models);
  const processAsRealtime = realtime && !session;
  const types = new Map<string, number>();
  for (const [type, count] of found) {
    if (!refutes(type, forbidden)) continue;
    const shown = processAsRealtime ? type.replace(/-process$/, '-realtime') : type;
    types.set(shown, (types.get(shown) ?? 0) + count);
  }
  const name = (cycle: Cycle): string => `${cycle.cycleClass}${cycle.extension}`;
  const anomalies = [
    ...inference.findings.kept
      .filter(({ type }) => refutes(type, forbidden))
      .map((finding) => findingAnomaly(inference, finding)),
    ...cycles.cycles
      .filter((cycle) => refutes(name(cycle), forbidden))
      .map((cycle) => cycleAnomaly(inference, cycle, cycleType(cycle, processAsRealtime))),
  ];
  return { ...judgeModels(found.keys()), anomalies: mostTellingFirst(anomalies), types };
}

/** From what refutes most to what refutes least. */
const SEVERITY: readonly string[] = [
  'cyclic-versions',
  'duplicate-elements',
  'G0',
  'G1a',
  'garbage-read',
  'dirty-update',
  'G1b',
  'G1c',
  'incompatible-order',
  'future-read',
  'internal',
  'lost-update',
  'G-single-item',
  'G-nonadjacent-item',
  'G2-item',
  'no-serial-order',
];

/** One of each type, then a second one of each, and so on: a report shows the first few. */
function mostTellingFirst(anomalies: readonly Anomaly[]): readonly Anomaly[] {
  const met = new Map<string, number>();
  return anomalies
    .map((anomaly) => {
      const turn = met.get(anomaly.type) ?? 0;
      met.set(anomaly.type, turn + 1);
      const [, base = '', extension = ''] = /^(.*?)(-process|-realtime)?$/.exec(anomaly.type) ?? [];
      return { anomaly, turn, rank: SEVERITY.indexOf(base) + (extension === '' ? 0 : 100) };
    })
    .toSorted((a, b) => a.turn - b.turn || a.rank - b.rank)
    .map(({ anomaly }) => anomaly);
}
