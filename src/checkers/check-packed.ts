/**
 * The check of a packed history: registers only, by zones and the frontier search, without an object per
 * operation. What it finds wrong it names, and which operations have to be looked at again to explain it;
 * what it does not understand it leaves to the ordinary check.
 */
import type { PackedHistory } from '../history/packed/packed-history.ts';
import {
  ANSWER,
  END,
  INFO,
  NAME,
  OK,
  OPEN,
  STRIDE,
  VALUE,
} from '../history/packed/packed-history.ts';
import type { CheckRequest } from './check.ts';
import { checksOf } from './check-names.ts';
import { judgeDivergence } from './divergence.ts';
import type { Columns } from './columns.ts';
import { type ColumnsAsk, type KeyOutcome, judgeBySearch, judgeByZones } from './judge-columns.ts';
import { type Conflict, culpritRow, rowsOf } from './linearizability/conflict.ts';
import type { JudgedBy } from './linearizability/judge-key.ts';
import { type Planted, plantInto, plantingOrder } from './linearizability/power.ts';
import type { Reached } from './linearizability/wgl.ts';
import type { CheckProgress } from './linearizable.ts';
import { isModelName } from './models/models.ts';
import { type PackedKey, packedColumns } from './packed-columns.ts';
import { suspectRows } from './packed-suspects.ts';
import { type Undecided, gaveUp, unknownBy } from './undecided.ts';
import type { Anomaly, Judged, Valid, Verdict } from './verdict.ts';

/** Operations of invalid keys that are looked at again as a whole to explain them. */
const EXPLAIN_MAX = 100_000;
/** Of larger ones, so many operations of a key. */
const SUSPECTS_MAX = 20_000;
/** Models whose operations fit. */
const REGISTERS = ['register', 'cas-register'];

export interface PackedRequest extends CheckRequest {
  /** No linearization, no planted violations. */
  readonly verdictOnly?: boolean;
  /** Operations of invalid keys that are named as a whole, to be explained by the ordinary check. Default: 100,000. */
  readonly explainMax?: number;
}

/** The verdict, or undefined: let the ordinary check judge it. */
export function checkPacked(history: PackedHistory, request: PackedRequest): Verdict | undefined {
  const check = packedCheck(history, request);
  if (check === undefined) return undefined;
  for (const key of check.searches()) check.take(key, check.search(key));
  return check.verdict();
}

/** The check of a history that can be judged as columns. */
export function packedCheck(
  history: PackedHistory,
  request: PackedRequest,
): PackedCheck | undefined {
  const { algorithm = 'auto', verify } = request;
  const checkers = request.checkers ?? checksOf(history.header);
  const model = request.model ?? history.header.model;
  if (typeof model === 'object' || algorithm === 'wgl' || verify === true) return undefined;
  if (model !== undefined && !(isModelName(model) && REGISTERS.includes(model))) return undefined;
  if (checkers?.includes('linearizable') === false || history.n === 0) return undefined;
  if (checkers?.some((name) => name !== 'linearizable' && name !== 'divergent')) return undefined;
  const initial = request.initial ?? history.header.initial ?? null;
  const keys = packedColumns(history, initial, request);
  if (keys === undefined || !keys.some(({ columns }) => looks(columns))) return undefined;
  const sampled = checkers?.includes('divergent') !== false && history.final.length > 0;
  if (sampled && !agree(history)) return undefined;
  return new PackedCheck(history, keys, request, algorithm, sampled);
}

/** Did all replicas serve at the end, and hold the same? */
function agree({ final }: PackedHistory): boolean {
  const { anomalies, notServed } = judgeDivergence(final);
  return anomalies.length === 0 && notServed.length === 0;
}

/** Anything that could have been wrong. */
function looks({ n, f, ret }: Columns): boolean {
  for (let i = 0; i < n; i++) if (f[i] !== 1 && ret[i] !== 0x7fff_ffff) return true;
  return false;
}

/** A check under way: zones judge what they can, the other keys anybody may, and then there is a verdict. */
export class PackedCheck {
  readonly keys: readonly PackedKey[];
  readonly #history: PackedHistory;
  readonly #request: PackedRequest;
  readonly #algorithm: ColumnsAsk['algorithm'];
  readonly #sampled: boolean;
  readonly #outcomes: (KeyOutcome | undefined)[];
  /** Order of planting, and those into which it is done in any case. */
  readonly #planting: readonly number[];
  readonly #planted: ReadonlySet<number>;
  #done = 0;
  #invalid = false;

  constructor(
    history: PackedHistory,
    keys: readonly PackedKey[],
    request: PackedRequest,
    algorithm: ColumnsAsk['algorithm'],
    sampled: boolean,
  ) {
    this.#history = history;
    this.keys = keys;
    this.#request = request;
    this.#algorithm = algorithm;
    this.#sampled = sampled;
    this.#outcomes = keys.map(() => undefined);
    const { order, sure } = plantingOrder(keys.map(({ columns }) => columns.n));
    this.#planting = order;
    this.#planted = new Set(request.verdictOnly === true ? [] : order.slice(0, sure));
  }

  /** Event numbers of the invocations, by the rows of the columns. */
  get event(): Int32Array {
    return this.#history.event;
  }

  /** Lets zones judge what they can; answers with the keys that are left. */
  searches(): number[] {
    return [...this.keys.keys()].filter((key) => {
      const outcome = judgeByZones(this.#columns(key), this.asks(key));
      if (outcome !== undefined) this.take(key, outcome);
      return outcome === undefined;
    });
  }

  /** Searches one key, here and now; `meanwhile` is called now and then. */
  search(key: number, meanwhile?: () => void): KeyOutcome {
    const { onProgress } = this.#request;
    const onReached = (at: Reached): void => {
      onProgress?.(this.#progress(key, at));
      meanwhile?.();
    };
    return judgeBySearch(this.#columns(key), this.asks(key), onReached);
  }

  /** What is asked about a key. Where something is wrong, nothing need be planted any more. */
  asks(key: number): ColumnsAsk {
    const { limits = {}, verdictOnly } = this.#request;
    return {
      algorithm: this.#algorithm,
      limits,
      prove: verdictOnly !== true,
      plant: !this.#invalid && this.#planted.has(key),
    };
  }

  take(key: number, outcome: KeyOutcome): void {
    this.#outcomes[key] = outcome;
    this.#done++;
    if (outcome.answer.type !== 'invalid' || this.#invalid) return;
    this.#invalid = true;
    const found = this.verdict();
    if (found?.valid !== false) return;
    const anomalies = found.anomalies.map((anomaly) => ({ ...anomaly, optional: [] }));
    const so = { done: this.#done, of: this.keys.length, found: { ...found, anomalies } };
    this.#request.onProgress?.(so);
  }

  #progress(key: number, { at, width }: Reached): CheckProgress {
    const event = this.#history.event[at] as number;
    return { done: this.#done, of: this.keys.length, key: this.#key(key), event, width };
  }

  /** By the keys that were judged, once all were; undefined: the ordinary check has to look at it. */
  verdict(): Verdict | undefined {
    const undecided: Undecided[] = [];
    const wrong: [number, Conflict][] = [];
    for (const [key, { answer }] of this.#all()) {
      if (answer.type === 'invalid') wrong.push([key, answer.conflict]);
      else if (answer.type === 'undecided') undecided.push(this.#undecided(key, answer));
      else if (answer.type === 'lost') undecided.push(this.#lost(key, answer));
      else if (answer.type !== 'valid') return undefined;
    }
    const judged = {
      checker: this.#checker(),
      operations: this.#history.n,
      keys: this.keys.length,
    };
    if (wrong.length > 0) return { valid: false, ...judged, anomalies: this.#anomalies(wrong) };
    const [first] = undecided;
    if (first !== undefined) return unknownBy(first, judged, this.keys.length - undecided.length);
    return this.#valid(judged);
  }

  #valid(judged: Judged): Valid | undefined {
    const weak = this.#silentReads();
    if (this.#request.verdictOnly === true)
      return { valid: true, ...judged, ...(weak && { weak }) };
    const { planted, found } = this.#power();
    if (found < planted) return undefined;
    return {
      valid: true,
      ...judged,
      ...(planted > 0 && { power: { planted, found } }),
      ...((weak || planted === 0) && { weak: true }),
    };
  }

  /** As `measurePower` says it. */
  #power(): { planted: number; found: number } {
    let [planted, found] = [0, 0];
    for (const key of this.#planting) {
      if (planted > 0 && !this.#planted.has(key)) break;
      const tried = this.#outcomes[key]?.power ?? this.#plantInto(key);
      planted += tried.planted;
      found += tried.found;
    }
    return { planted, found };
  }

  #plantInto(key: number): Planted {
    const { by } = this.#outcomes[key] as KeyOutcome;
    const columns = this.#columns(key);
    const answer = { type: 'valid' as const, order: [] };
    return plantInto({ by, answer, ...(by === 'zones' ? { columns } : { task: columns }) });
  }

  *#all(): Iterable<[number, KeyOutcome]> {
    for (const [key, outcome] of this.#outcomes.entries())
      if (outcome !== undefined) yield [key, outcome];
  }

  #columns(key: number): Columns {
    return (this.keys[key] as PackedKey).columns;
  }

  #key(key: number): PackedKey['key'] {
    return (this.keys[key] as PackedKey).key;
  }

  #undecided(
    key: number,
    answer: { readonly reason: 'budget' | 'memory'; readonly at: number; readonly width: number },
  ): Undecided {
    const { ops, words, event } = this.#history;
    const f = words[ops[answer.at * STRIDE + NAME] as number] as string;
    return gaveUp(this.#key(key), { f, index: event[answer.at] as number }, answer);
  }

  #lost(key: number, lost: Extract<KeyOutcome['answer'], { readonly type: 'lost' }>): Undecided {
    const { reason, why, at } = lost;
    const detail = at && { event: this.#history.event[at.at] as number, width: at.width };
    return { key: this.#key(key), reason, why, detail: { ...detail } };
  }

  /** Small keys are to be explained as a whole, as long as there are not too many of them. */
  #anomalies(wrong: readonly (readonly [number, Conflict])[]): Anomaly[] {
    let room = this.#request.explainMax ?? EXPLAIN_MAX;
    return wrong.map(([at, conflict]) => {
      const key = this.keys[at] as PackedKey;
      const whole = key.operations <= room;
      if (whole) room -= key.operations;
      return this.#anomaly(key, conflict, whole);
    });
  }

  /** What is wrong as far as columns tell, and the operations to look at again. */
  #anomaly({ key, columns, operations }: PackedKey, conflict: Conflict, whole: boolean): Anomaly {
    const row = culpritRow(conflict);
    const named = new Set([row, ...rowsOf(conflict)]);
    const more = whole ? this.#rowsOf(key) : suspectRows(columns, [...named], SUSPECTS_MAX);
    const { ops, words, event, values } = this.#history;
    const at = row * STRIDE;
    const name = words[ops[at + NAME] as number] as string;
    const saw = values[ops[at + (name === 'read' ? ANSWER : VALUE)] as number];
    const end = ops[at + END];
    const became = end === OPEN || end === INFO ? 'with unknown outcome' : 'completed';
    return {
      type: 'nonlinearizable',
      ...(key !== undefined && { key }),
      why: `No order of the operations explains the ${name} (${JSON.stringify(saw)}, ${became}) of event ${event[row]}.`,
      operations: [...named].map((each) => event[each] as number),
      optional: (more ?? []).filter((r) => !named.has(r)).map((r) => event[r] as number),
      detail: { event: event[row] as number, of: operations, ...(whole && { whole }) },
    };
  }

  /** All operations of a key. */
  #rowsOf(key: PackedKey['key']): number[] {
    const { key: keyOf, keys, n } = this.#history;
    const wanted = key === undefined ? -1 : keys.indexOf(key);
    const rows: number[] = [];
    for (let i = 0; i < n; i++) if (keyOf[i] === wanted) rows.push(i);
    return rows;
  }

  /** More than one read in a hundred of nil that was taken to say nothing. */
  #silentReads(): boolean {
    if (this.#request.nilRead !== 'any') return false;
    const { ops, words } = this.#history;
    const read = words.indexOf('read');
    let [reads, silent] = [0, 0];
    for (let at = 0; at < ops.length; at += STRIDE) {
      if (ops[at + NAME] !== read || ops[at + END] !== OK) continue;
      reads++;
      if (ops[at + ANSWER] === 0) silent++;
    }
    return silent > 0.01 * reads;
  }

  #checker(): string {
    const count = new Map<JudgedBy, number>();
    let most = 0;
    for (const [, { by, widest = 0 }] of this.#all()) {
      count.set(by, (count.get(by) ?? 0) + 1);
      most = Math.max(most, widest);
    }
    const each = [...count].map(([by, n]) => {
      const keys = `${by} ${n} ${n === 1 ? 'key' : 'keys'}`;
      return by === 'frontier' ? `${keys}, widest ${most}` : keys;
    });
    if (this.#sampled) {
      const keys = new Set(this.#history.final.map(({ key }) => key)).size;
      each.push(`divergent ${keys} ${keys === 1 ? 'key' : 'keys'}`);
    }
    return each.join('; ');
  }
}
