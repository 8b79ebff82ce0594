/**
 * Views, acceptors and state transfer in words.
 */
import { count } from '../../base/figures.ts';
import { nodeName } from '../../base/node-name.ts';
import type { NodeId, NodeName, NodeStatus } from '../../base/operation.ts';

const BAR = 24;

/** `view 6 {n1 n2 n3 | copying n4}`. */
export function viewText({ epoch, members, copying = [] }: NodeStatus): string {
  const full = members.filter(({ id }) => !copying.includes(id)).map(({ id }) => id);
  const rest = copying.length === 0 ? '' : ` | copying ${names(copying)}`;
  return `view ${epoch} {${names(full)}${rest}}`;
}

function names(ids: readonly NodeId[]): string {
  return ids
    .toSorted((a, b) => a - b)
    .map(nodeName)
    .join(' ');
}

/** How far a node has copied the data: a bar, percent, keys. Empty: it copies nothing. */
export function transferText({ transfer }: Pick<NodeStatus, 'transfer'>): string {
  if (transfer === undefined || transfer.of === 0) return '';
  const share = Math.min(1, transfer.keys / transfer.of);
  const filled = Math.round(share * BAR);
  const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR - filled)}`;
  return `${bar} ${Math.floor(share * 100)} %  ${count(transfer.keys)} of ${count(transfer.of)} keys`;
}

/** The latest of what the nodes say: the one of the highest epoch. */
export function latest(said: readonly (NodeStatus | undefined)[]): NodeStatus | undefined {
  return said.reduce((a, b) => (b !== undefined && b.epoch > (a?.epoch ?? 0) ? b : a), undefined);
}

/** Who must be reached for a change of the view: at least so many of the acceptors. */
export function majorityOf(acceptors: readonly unknown[]): number {
  return Math.floor(acceptors.length / 2) + 1;
}

/** What is true of the acceptors when some are gone for good. */
export function acceptorsText(founders: readonly NodeName[], gone: readonly NodeName[]): string {
  const left = founders.filter((node) => !gone.includes(node));
  const spare = left.length - majorityOf(founders);
  const may =
    spare === 0 ? 'all of them have to be up for it' : `${spare} of them may be down at a time`;
  return `views are decided by the nodes of the start, of which ${left.length} of ${founders.length} are left (${left.join(' ')}): ${may}`;
}
