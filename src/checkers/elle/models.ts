/**
 * From anomalies to consistency models: what each anomaly implies, which model forbids what, which model
 * is stronger than which. Names are Elle's; the hierarchy is that of Adya (1999), Bailis et al. (2013),
 * Cerone et al. (2015).
 *
 * Only models for which there is a rule that could refute them are accepted: one that can never fail
 * proves nothing.
 */

interface ModelRule {
  readonly name: string;
  readonly also?: readonly string[];
  /** Weaker models: whoever refutes one of them refutes this one. */
  readonly over: readonly string[];
  /** Anomalies that it forbids beyond those of the weaker ones. */
  readonly forbids: readonly string[];
  /** There are histories that break it of which the rules see nothing. */
  readonly incomplete?: true;
}

const PLAIN = [
  {
    name: 'read-uncommitted',
    also: ['PL-1'],
    over: [],
    forbids: ['G0', 'duplicate-elements', 'cyclic-versions'],
  },
  { name: 'read-committed', also: ['PL-2'], over: ['read-uncommitted'], forbids: ['G1'] },
  {
    name: 'cursor-stability',
    also: ['PL-CS'],
    over: ['read-committed'],
    forbids: ['lost-update'],
  },
  {
    name: 'monotonic-view',
    also: ['PL-2L'],
    over: ['read-committed'],
    forbids: [],
    incomplete: true,
  },
  {
    name: 'monotonic-snapshot-read',
    also: ['PL-MSR'],
    over: ['monotonic-view'],
    forbids: [],
    incomplete: true,
  },
  { name: 'monotonic-atomic-view', over: ['read-committed'], forbids: [], incomplete: true },
  {
    name: 'read-atomic',
    over: ['monotonic-atomic-view'],
    forbids: ['internal', 'G1a', 'future-read'],
    incomplete: true,
  },
  { name: 'causal-cerone', over: ['read-atomic'], forbids: ['internal', 'G1a'], incomplete: true },
  { name: 'update-atomic', over: ['read-atomic'], forbids: ['lost-update'], incomplete: true },
  {
    name: 'parallel-snapshot-isolation',
    also: ['PSI'],
    over: ['causal-cerone', 'update-atomic'],
    forbids: ['internal', 'G1a'],
    incomplete: true,
  },
  { name: 'prefix', over: ['causal-cerone'], forbids: ['internal', 'G1a'], incomplete: true },
  {
    name: 'consistent-view',
    also: ['PL-2+'],
    over: ['cursor-stability', 'monotonic-view'],
    forbids: ['G-single'],
  },
  {
    name: 'forward-consistent-view',
    also: ['PL-FCV'],
    over: ['consistent-view'],
    forbids: [],
    incomplete: true,
  },
  {
    name: 'snapshot-isolation',
    also: ['PL-SI'],
    over: [
      'forward-consistent-view',
      'monotonic-snapshot-read',
      'parallel-snapshot-isolation',
      'prefix',
    ],
    forbids: ['internal', 'G-nonadjacent'],
  },
  {
    name: 'update-serializable',
    also: ['PL-3U'],
    over: ['forward-consistent-view'],
    forbids: [],
    incomplete: true,
  },
  {
    name: 'repeatable-read',
    also: ['PL-2.99'],
    over: ['cursor-stability', 'monotonic-view'],
    forbids: ['G2-item', 'lost-update'],
  },
  {
    name: 'serializable',
    also: ['PL-3'],
    over: ['repeatable-read', 'snapshot-isolation', 'update-serializable'],
    forbids: ['G2', 'internal'],
  },
] as const satisfies readonly ModelRule[];

const STRONG = [
  'read-uncommitted',
  'read-committed',
  'snapshot-isolation',
  'serializable',
] as const;

type Also = Extract<(typeof PLAIN)[number], { readonly also: unknown }>['also'][number];

/** A consistency model that histories of transactions can refute, by its name in Elle. */
export type ConsistencyModel =
  | (typeof PLAIN)[number]['name']
  | Also
  | `strong-${'' | 'session-'}${(typeof STRONG)[number]}`
  | 'strict-serializable'
  | 'PL-SS';

/** Anomalies that have variants over processes and real time. */
const VARIANTS: readonly string[] = [
  'G0',
  'G1c',
  'G1',
  'G-single',
  'G-single-item',
  'G-nonadjacent',
  'G-nonadjacent-item',
  'G2',
  'G2-item',
];

/** `strong-session-X` sees what a process did, `strong-X` what happened in real time. */
function strongModels(): ModelRule[] {
  const rules: ModelRule[] = [];
  for (const [i, name] of STRONG.entries()) {
    const weaker = i === 0 ? undefined : (STRONG[i - 1] as string);
    const own = { 'read-uncommitted': 'G0', 'read-committed': 'G1' }[name as string];
    const forbids =
      own !== undefined
        ? [own]
        : name === 'serializable'
          ? ['G2']
          : ['G1', 'G-single', 'G-nonadjacent'];
    const strictly = name === 'serializable' ? ['no-serial-order'] : [];
    rules.push({
      name: `strong-session-${name}`,
      over: [name, ...(weaker === undefined ? [] : [`strong-session-${weaker}`])],
      forbids: forbids.map((anomaly) => `${anomaly}-process`),
    });
    rules.push({
      name: `strong-${name}`,
      ...(name === 'serializable' && { also: ['strict-serializable', 'PL-SS'] }),
      over: [`strong-session-${name}`, ...(weaker === undefined ? [] : [`strong-${weaker}`])],
      forbids: [...forbids.map((anomaly) => `${anomaly}-realtime`), ...strictly],
    });
  }
  return rules;
}

const RULES: readonly ModelRule[] = [...PLAIN, ...strongModels()];
const BY_NAME = new Map(
  RULES.flatMap((rule) => [rule.name, ...(rule.also ?? [])].map((name) => [name, rule] as const)),
);

/** What each anomaly implies, beyond its variants. */
const IMPLIES: Readonly<Record<string, readonly string[]>> = {
  G0: ['G1c'],
  G1a: ['G1'],
  G1b: ['G1'],
  G1c: ['G1'],
  'G-single-item': ['G-single', 'G-nonadjacent-item'],
  'G-single': ['G-nonadjacent'],
  'G-nonadjacent-item': ['G-nonadjacent', 'G2-item'],
  'G-nonadjacent': ['G2'],
  'G2-item': ['G2'],
  'lost-update': ['G2-item'],
  'incompatible-order': ['G1a'],
  'dirty-update': ['G1a'],
  'garbage-read': ['G1a'],
  'future-read': ['G1c'],
};

/** What is asked for when nothing is. */
export const DEFAULT_MODEL = 'strict-serializable';

/** Every name that is accepted, the other names of a model included. */
export const MODEL_NAMES: readonly string[] = [...BY_NAME.keys()].toSorted();

/** The other checkers' business, or nobody's: told when they are asked for. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  linearizable: 'use a sequential model with --model, or strict-serializable',
  sequential: 'no rule of this checker could ever refute it',
  causal: 'no rule of this checker could ever refute it; causal-cerone has some',
};

/** Why a name is not accepted, or undefined. */
export function refusal(name: string): string | undefined {
  if (BY_NAME.has(name)) return undefined;
  return `there is no rule for the consistency model "${name}" (${ELSEWHERE[name] ?? 'a model without a rule could never be refuted'}).`;
}

/** Can a history break the model without being caught? */
export function isIncomplete(name: string): boolean {
  return BY_NAME.get(name)?.incomplete === true;
}

/** The anomalies with all that they imply. */
export function impliedBy(anomalies: Iterable<string>): Set<string> {
  const closed = new Set<string>();
  const open = [...anomalies];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (closed.has(name)) continue;
    closed.add(name);
    const [, base = name, suffix = ''] = /^(.*?)(-process|-realtime)?$/.exec(name) ?? [];
    for (const implied of IMPLIES[base] ?? []) open.push(`${implied}${suffix}`);
    if (!VARIANTS.includes(base)) continue;
    if (suffix === '') open.push(`${base}-process`);
    if (suffix === '-process') open.push(`${base}-realtime`);
  }
  return closed;
}

/** What becomes of the models in face of anomalies. */
export interface Judgement {
  /** The weakest models that are refuted. */
  readonly not: readonly string[];
  /** The stronger ones that fall with them. */
  readonly alsoNot: readonly string[];
}

/** All refuted models, by the names above. */
export function refutedModels(anomalies: Iterable<string>): Set<string> {
  const closed = impliedBy(anomalies);
  const refuted = new Set<string>();
  // Weaker models stand before stronger ones.
  for (const { name, over, forbids } of RULES)
    if (forbids.some((each) => closed.has(each)) || over.some((each) => refuted.has(each)))
      refuted.add(name);
  return refuted;
}

/** Which models the anomalies refute: the weakest, and the rest. */
export function judgeModels(anomalies: Iterable<string>): Judgement {
  const refuted = refutedModels(anomalies);
  const weakest = RULES.filter(
    ({ name, over }) => refuted.has(name) && !over.some((each) => refuted.has(each)),
  ).map(({ name }) => name);
  return {
    not: weakest.toSorted(),
    alsoNot: [...refuted].filter((name) => !weakest.includes(name)).toSorted(),
  };
}

/**
 * The strongest models that are not among the refuted ones. Of those that speak of processes or real time
 * only if `asked` does: else nobody looked.
 */
export function strongestKept(refuted: ReadonlySet<string>, asked: readonly string[]): string[] {
  const { session, realtime } = extensionsOf(asked);
  const looked = (name: string): boolean =>
    !name.startsWith('strong-') ||
    (name.startsWith('strong-session-') ? session || realtime : realtime);
  const kept = RULES.filter(({ name }) => looked(name) && !refuted.has(name));
  const weaker = new Set(kept.flatMap(({ over }) => over));
  return kept.map(({ name }) => name).filter((name) => !weaker.has(name));
}

/** Main name of a model. */
export function mainName(name: string): string {
  return BY_NAME.get(name)?.name ?? name;
}

/** All anomalies, implied ones included, that one of these models forbids. */
export function forbiddenBy(models: readonly string[]): Set<string> {
  const forbidden = new Set<string>();
  const open = models.map(mainName);
  const done = new Set<string>();
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (done.has(name)) continue;
    done.add(name);
    const rule = BY_NAME.get(name);
    for (const anomaly of rule?.forbids ?? []) forbidden.add(anomaly);
    open.push(...(rule?.over ?? []));
  }
  return forbidden;
}

/** Do the anomalies refute one of the models? */
export function refutes(anomaly: string, forbidden: ReadonlySet<string>): boolean {
  for (const implied of impliedBy([anomaly])) if (forbidden.has(implied)) return true;
  return false;
}

/** Do the models speak of processes, of real time? */
export function extensionsOf(models: readonly string[]): { session: boolean; realtime: boolean } {
  const names = models.map(mainName);
  return {
    session: names.some((name) => name.startsWith('strong-session-')),
    realtime: names.some((name) => /^strong-(?!session)/.test(name)),
  };
}
