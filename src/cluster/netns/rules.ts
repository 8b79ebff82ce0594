/**
 * Faults as iptables rules: text for `iptables-restore --noflush`, and what `iptables-save -c` counted.
 *
 * Each fault has two chains of its own in every namespace that it touches, named by its id. Applying
 * adds them, undoing removes exactly them; no other rule is ever touched, and nothing is flushed that
 * the fault did not make.
 */
import type { NodeName } from '../../base/operation.ts';
import type { Link } from '../../faults/fault.ts';

/** What happens to the packets of the links. */
export type Treatment =
  /** All are dropped, at the sender and at the receiver. */
  | { readonly type: 'drop' }
  /**
   * `percent` of them (above 0, at most 100) are dropped where they arrive: each by chance, or, with
   * `burst` above 1, that many in a row in every 100·burst/percent packets.
   */
  | { readonly type: 'lose'; readonly percent: number; readonly burst: number }
  /** `percent` of them are sent twice, each by chance. The copy meets all other rules and queues too. */
  | { readonly type: 'duplicate'; readonly percent: number };

const chain = (id: number, hook: Hook): string => `HERMES-${id}-${hook}`;
const HOOKS = ['INPUT', 'OUTPUT'] as const;
type Hook = (typeof HOOKS)[number];

/** Nodes in whose namespaces a fault has rules, each with the lines of its two chains. */
export function rulesOf(
  id: number,
  links: readonly Link[],
  treatment: Treatment,
  addressesOf: (node: NodeName) => readonly string[],
): Map<NodeName, string[]> {
  const rules = new Map<NodeName, string[]>();
  const add = (node: NodeName, hook: Hook, match: string, verdict = 'DROP'): void => {
    const lines = rules.get(node) ?? [];
    rules.set(node, lines);
    for (const condition of conditions(treatment)) {
      lines.push(`-A ${chain(id, hook)} ${match}${condition} -j ${verdict}`);
    }
  };
  for (const [from, to] of links) {
    if (treatment.type !== 'duplicate')
      for (const address of addressesOf(from)) add(to, 'INPUT', `-s ${address}`);
    if (treatment.type === 'drop')
      for (const address of addressesOf(to)) add(from, 'OUTPUT', `-d ${address}`);
    if (treatment.type === 'duplicate')
      for (const address of addressesOf(to))
        // The copy passes the same chain, and has no socket: it must not be counted again.
        add(from, 'OUTPUT', `-d ${address} -m owner --socket-exists`, `TEE --gateway ${address}`);
  }
  return rules;
}

/**
 * Rules that together drop a burst: `nth` rules in a row, each of which sees only what those before it
 * let pass, so that rule r takes the packet after that of rule r − 1.
 */
function conditions(treatment: Treatment): string[] {
  if (treatment.type === 'drop' || treatment.percent >= 100) return [''];
  const { percent } = treatment;
  const burst = treatment.type === 'lose' ? treatment.burst : 1;
  if (burst <= 1)
    return [` -m statistic --mode random --probability ${(percent / 100).toFixed(6)}`];
  const cycle = Math.max(burst + 1, Math.round((burst * 100) / percent));
  return Array.from(
    { length: burst },
    (_, r) => ` -m statistic --mode nth --every ${cycle - r} --packet 0`,
  );
}

/**
 * Input of `iptables-restore --noflush` that puts the chains of a fault in one namespace.
 * @param saved what `iptables-save` says is there; a jump that is there is not made again
 */
export function applyText(id: number, rules: readonly string[], saved = ''): string {
  const made = HOOKS.map((hook) => `:${chain(id, hook)} - [0:0]`);
  const jumps = HOOKS.filter((hook) => jumpsIn(saved, id, hook) === 0).map(
    (hook) => `-I ${hook} -j ${chain(id, hook)}`,
  );
  return ['*filter', ...made, ...rules, ...jumps, 'COMMIT', ''].join('\n');
}

/**
 * Input of `iptables-restore --noflush` that removes what `iptables-save` says is there of a fault, and
 * nothing else. Undefined: nothing is, as in a container that was started again.
 */
export function undoText(id: number, saved: string): string | undefined {
  const lines = HOOKS.flatMap((hook) => {
    const name = chain(id, hook);
    const jumps = Array.from({ length: jumpsIn(saved, id, hook) }, () => `-D ${hook} -j ${name}`);
    return new RegExp(`^:${name} `, 'm').test(saved)
      ? [...jumps, `-F ${name}`, `-X ${name}`]
      : jumps;
  });
  return lines.length === 0 ? undefined : ['*filter', ...lines, 'COMMIT', ''].join('\n');
}

function jumpsIn(saved: string, id: number, hook: Hook): number {
  const jump = new RegExp(`^(?:\\[\\d+:\\d+\\] )?-A ${hook} -j ${chain(id, hook)}$`, 'gm');
  return saved.match(jump)?.length ?? 0;
}

/** Packets and bytes that the rules of a fault struck, from the output of `iptables-save -c`. */
export function countersIn(saved: string, id: number): { packets: number; bytes: number } {
  const names = new Set(HOOKS.map((hook) => chain(id, hook)));
  const total = { packets: 0, bytes: 0 };
  for (const line of saved.split('\n')) {
    const match = /^\[(\d+):(\d+)\] -A (\S+) .*-j (?:DROP|TEE .*)$/.exec(line);
    if (match === null || !names.has(match[3] as string)) continue;
    total.packets += Number(match[1]);
    total.bytes += Number(match[2]);
  }
  return total;
}

/** True if no chain of any fault is there, from the output of `iptables-save`. */
export function isClean(saved: string): boolean {
  return !/^:HERMES-/m.test(saved) && !/-j HERMES-/.test(saved);
}
