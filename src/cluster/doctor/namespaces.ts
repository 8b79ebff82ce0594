/** What network namespaces and packet faults this machine has: the words for `probeNetns`. */
import type { Ability } from '../netns/abilities.ts';
import { netnsTrouble, probeNetns, userNamespaceTrouble, type NetnsProbe } from '../netns/probe.ts';
import { fails, works, type Finding } from './finding.ts';

/** Faults that rest on the abilities of namespaces, and what is said of them where they work. */
const FAULTS: Readonly<Partial<Record<Ability, readonly [name: string, says: string]>>> = {
  loss: ['loss', 'iptables statistic match: packets were lost by chance and in bursts'],
  disconnect: ['disconnect', 'ss -K: a connection was reset from outside'],
  copies: ['iptables-tee', 'packets can be repeated by a rule'],
  htb: ['tc-htb', 'packets can be sorted by peer'],
  tbf: ['tc-tbf', 'the rate of a single link can be limited'],
  netem: ['tc-netem', 'packets of a single link can be delayed, reordered, corrupted'],
};

export async function examineNamespaces(): Promise<Finding[]> {
  const probe = await probeNetns();
  const trouble = netnsTrouble(probe);
  const cluster =
    trouble === undefined
      ? works('clusters', 'netns', `a network namespace per replica, ${who(probe)}`)
      : fails('clusters', 'netns', trouble.why, trouble.mend);
  // Where there are no namespaces at all, one line says so.
  if (probe.privilege === null) return [cluster];
  const others = probe.privilege === 'root' ? [await otherUsers()] : [];
  return [cluster, ...others, ...faults(probe)];
}

/** As root nothing is seen of what the machine forbids to everybody else. */
async function otherUsers(): Promise<Finding> {
  const trouble = await userNamespaceTrouble();
  return trouble === undefined
    ? works('clusters', 'user-namespaces', 'users without rights can have such clusters too')
    : fails('clusters', 'user-namespaces', `not for other users: ${trouble.why}`, trouble.mend);
}

function who({ privilege }: NetnsProbe): string {
  return privilege === 'root' ? 'made as root' : 'made without root, in a user namespace';
}

function faults(probe: NetnsProbe): Finding[] {
  const { drop } = probe.abilities;
  const cut =
    drop === true
      ? works('faults', 'iptables', `${probe.iptables}: a directed link was cut and healed`)
      : fails('faults', 'iptables', drop.why, drop.mend);
  const others = Object.entries(FAULTS).map(([ability, [name, says]]) => {
    const found = probe.abilities[ability as Ability];
    return found === true
      ? works('faults', name, says)
      : fails('faults', name, found.why, found.mend);
  });
  return [cut, ...others];
}
