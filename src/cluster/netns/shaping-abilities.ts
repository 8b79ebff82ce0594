/**
 * What shaping the kernel of a place can do, tried on the loopback interface of one node, where nothing of
 * a cluster passes, and taken away again.
 */
import type { NodeName } from '../../base/operation.ts';
import type { IptablesName } from './fault-rules.ts';
import { disciplineOf } from './shaping.ts';
import type { Site } from './site.ts';

/** Delay, reorder, corrupt and repeat packets, link by link: netem behind the classes of htb. */
export function tryNetem(site: Site, node: NodeName): Promise<true | string> {
  const delay = disciplineOf({ type: 'delay', delayMs: 1, jitterMs: 0, distribution: 'uniform' });
  return tryBehindClasses(site, node, delay, 'sch_netem');
}

/** Limit the rate of single links: tbf behind the classes of htb. */
export function tryRate(site: Site, node: NodeName): Promise<true | string> {
  return tryBehindClasses(site, node, disciplineOf({ type: 'rate', kbit: 1000 }), 'sch_tbf');
}

/** Send packets twice by a rule. */
export async function tryCopies(
  site: Site,
  iptables: IptablesName,
  node: NodeName,
): Promise<true | string> {
  const match = ['-d', '192.0.2.1', '-m', 'owner', '--socket-exists'];
  const rule = ['OUTPUT', ...match, '-j', 'TEE', '--gateway', '192.0.2.1'];
  return attempt(async () => {
    await site.run(node, [iptables, '-w', '5', '-A', ...rule]);
    expectIn(await site.run(node, [iptables, '-S', 'OUTPUT']), 'TEE');
    await site.run(node, [iptables, '-w', '5', '-D', ...rule]);
  }, 'xt_TEE with xt_owner');
}

function tryBehindClasses(
  site: Site,
  node: NodeName,
  what: string,
  module: string,
): Promise<true | string> {
  const lines = [
    'qdisc add dev lo root handle 1: htb',
    'class add dev lo parent 1: classid 1:10 htb rate 1gbit quantum 60000',
    `qdisc add dev lo parent 1:10 handle 10: ${what}`,
    'filter add dev lo parent 1: protocol ip prio 1 u32 match ip dst 192.0.2.1/32 flowid 1:10',
  ];
  return attempt(async () => {
    try {
      await site.run(node, ['tc', '-batch', '-'], `${lines.join('\n')}\n`);
      const kind = what.split(' ')[0] as string;
      expectIn(await site.run(node, ['tc', 'qdisc', 'show', 'dev', 'lo']), kind);
    } finally {
      // Not there if the first line failed.
      await site.run(node, ['tc', 'qdisc', 'del', 'dev', 'lo', 'root']).catch(() => {});
    }
  }, module);
}

/** A site without a network says nothing, and refuses nothing. */
function expectIn(said: string, what: string): void {
  if (!said.includes(what)) throw new Error(`the node has no network now on which to try ${what}`);
}

/** True: another answer may come later. That the kernel lacks a module is said for good. */
export function isPassing(answer: true | string): boolean {
  return answer !== true && !answer.startsWith(NO_SUCH);
}

const NO_SUCH = 'the kernel has no ';

/** tc and iptables say of a module that is not there that its kind or match is not known. */
const NO_MODULE =
  /kind is unknown|No chain\/target\/match|Extension .* is not supported|missing kernel module/i;

async function attempt(work: () => Promise<void>, module: string): Promise<true | string> {
  try {
    await work();
    return true;
  } catch (error) {
    const said = (error as Error).message;
    return NO_MODULE.test(said) ? `${NO_SUCH}${module}` : said;
  }
}
