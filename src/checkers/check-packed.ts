/**
 * The check of a packed history: registers only, by zones and the frontier search, without an object per
 * operation. It answers what it can prove by itself: that all is well. Whatever else comes out is left
 * to the ordinary check, which explains it; only what is too large for that is answered here.
 */
import {
  ANSWER,
  END,
  INFO,
  NAME,
  OK,
  OPEN,
  type PackedHistory,
  STRIDE,
  VALUE,
} from '../history/packed/packed-history.ts';
import type { CheckRequest } from './check.ts';
import { checksOf } from './check-names.ts';
import { judgeDivergence } from './divergence.ts';
import type { Columns } from './columns.ts';
import { NOT } from './columns.ts';
import { type Conflict, culpritRow, rowsOf } from './linearizability/conflict.ts';
import { judgeFrontier } from './linearizability/frontier/judge.ts';
import { registerTask } from './linearizability/frontier/register-task.ts';
import type { JudgedBy, KeyAnswer } from './linearizability/judge-key.ts';
import { measurePower } from './linearizability/power.ts';
import { verifyColumns } from './linearizability/verify-columns.ts';
import type { Reached } from './linearizability/wgl.ts';
import { judgeZones } from './linearizability/zones.ts';
import { isModelName } from './models/models.ts';
import { type PackedKey, packedColumns } from './packed-columns.ts';
import { suspectRows } from './packed-suspects.ts';
import type { Anomaly, Verdict } from './verdict.ts';

/** Invalid histories of more operations than this are not read again as a whole to explain them. */
const EXPLAIN_MAX = 100_000;
/** Of those, so many operations of a key. */
const SUSPECTS_MAX = 20_000;
/** Models whose operations fit. */
const REGISTERS = ['register', 'cas-register'];

export interface PackedRequest extends CheckRequest {
  /** No linearization, no planted violations. */
  readonly verdictOnly?: boolean;
  /** Operations of an invalid history that leave the explanation to the ordinary check. Default: 100,000. */
  readonly explainMax?: number;
}

/** The verdict, or undefined: let the ordinary check judge it. */
export function checkPacked(history: PackedHistory, request: PackedRequest): Verdict | undefined {
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
  return new PackedJudge(history, keys, request, sampled).verdict();
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

class PackedJudge {
  readonly #history: PackedHistory;
  readonly #keys: readonly PackedKey[];
  readonly #request: PackedRequest;
  readonly #sampled: boolean;
  readonly #by = new Map<JudgedBy, number>();
  readonly #passed: KeyAnswer[] = [];
  #widest = 0;

  constructor(
    history: PackedHistory,
    keys: readonly PackedKey[],
    request: PackedRequest,
    sampled: boolean,
  ) {
    this.#history = history;
    this.#keys = keys;
    this.#request = request;
    this.#sampled = sampled;
  }

  verdict(): Verdict | undefined {
    const anomalies: Anomaly[] = [];
    for (const [done, key] of this.#keys.entries()) {
      const judged = this.#judge(key, done);
      const { answer } = judged;
      if (answer.type === 'invalid') {
        if (this.#history.n <= (this.#request.explainMax ?? EXPLAIN_MAX)) return undefined;
        anomalies.push(this.#anomaly(key, answer.conflict));
      } else if (answer.type !== 'valid') return undefined;
      else if (!this.#holds(key, answer.order)) return undefined;
      this.#by.set(judged.by, (this.#by.get(judged.by) ?? 0) + 1);
      this.#widest = Math.max(this.#widest, judged.widest ?? 0);
      this.#passed.push(judged);
    }
    const judged = {
      checker: this.#checker(),
      operations: this.#history.n,
      keys: this.#keys.length,
    };
    return anomalies.length > 0 ? { valid: false, ...judged, anomalies } : this.#valid(judged);
  }

  #valid(judged: { checker: string; operations: number; keys: number }): Verdict | undefined {
    const weak = this.#silentReads();
    if (this.#request.verdictOnly === true)
      return { valid: true, ...judged, ...(weak && { weak }) };
    const { planted, found } = measurePower(this.#passed);
    if (found < planted) return undefined;
    return {
      valid: true,
      ...judged,
      ...(planted > 0 && { power: { planted, found } }),
      ...((weak || planted === 0) && { weak: true }),
    };
  }

  #judge({ key, columns }: PackedKey, done: number): KeyAnswer {
    const { algorithm = 'auto', limits, onProgress, verdictOnly } = this.#request;
    const wantOrder = verdictOnly !== true;
    if (algorithm !== 'frontier' && !columns.f.includes(NOT)) {
      const answer = judgeZones(columns, wantOrder);
      if (answer.type !== 'not-applicable') return { by: 'zones', answer, columns };
    }
    if (algorithm === 'zones')
      return { by: 'zones', answer: { type: 'not-applicable', why: 'a value is written twice' } };
    const onReached =
      onProgress &&
      (({ at, width }: Reached): void => {
        const event = this.#history.event[at] as number;
        onProgress({ done, of: this.#keys.length, key, event, width });
      });
    const found = judgeFrontier(registerTask(columns), { limits, wantOrder, onReached });
    return { by: 'frontier', answer: found.answer, widest: found.widest, task: columns };
  }

  /** The linearization is walked again. */
  #holds({ columns }: PackedKey, order: ArrayLike<number>): boolean {
    return this.#request.verdictOnly === true || verifyColumns(columns, order) === undefined;
  }

  /** What is wrong as far as columns tell, and the operations to look at again. */
  #anomaly({ key, columns, operations }: PackedKey, conflict: Conflict): Anomaly {
    const row = culpritRow(conflict);
    const named = new Set([row, ...rowsOf(conflict)]);
    const suspects = suspectRows(columns, [...named], SUSPECTS_MAX) ?? [];
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
      optional: suspects.filter((each) => !named.has(each)).map((each) => event[each] as number),
      detail: { event: event[row] as number, of: operations },
    };
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
    const each = [...this.#by].map(([by, n]) => {
      const keys = `${by} ${n} ${n === 1 ? 'key' : 'keys'}`;
      return by === 'frontier' ? `${keys}, widest ${this.#widest}` : keys;
    });
    if (this.#sampled) {
      const keys = new Set(this.#history.final.map(({ key }) => key)).size;
      each.push(`divergent ${keys} ${keys === 1 ? 'key' : 'keys'}`);
    }
    return each.join('; ');
  }
}
