/**
 * The grammar of `hermes cluster partition`: groups of nodes with slashes between them, `n1 n2 / n3`.
 * Nodes of different groups no longer hear each other. One group alone is cut from all others; nodes
 * that no group names keep all their links.
 */
import type { NodeName } from '../../base/operation.ts';
import { UserError } from '../../base/user-error.ts';
import type { Link } from '../../faults/fault.ts';
import { cut } from '../../faults/shapes.ts';

/** The links that are cut, both directions of each. Throws a `UserError` on anything else. */
export function partitionLinks(words: readonly string[], nodes: readonly NodeName[]): Link[] {
  const groups = groupsOf(words);
  const named = groups.flat();
  for (const node of named) {
    if (!nodes.includes(node)) {
      throw new UserError(`there is no node ${node}.`, `Nodes: ${nodes.join(', ')}.`);
    }
    if (named.filter((other) => other === node).length > 1)
      throw new UserError(`${node} stands in more than one place.`, USAGE);
  }
  if (groups.length === 1) groups.push(nodes.filter((node) => !named.includes(node)));
  const links = groups.flatMap((left, i) =>
    groups.slice(i + 1).flatMap((right) => cut(left, right)),
  );
  if (links.length === 0) throw new UserError('that cuts no link.', USAGE);
  return links;
}

const USAGE = 'For example: hermes cluster partition n1 n2 / n3';

function groupsOf(words: readonly string[]): NodeName[][] {
  const text = words.join(' ').replaceAll(',', ' ');
  const groups = text.split('/').map((group) => group.split(/\s+/).filter((word) => word !== ''));
  if (groups.some((group) => group.length === 0))
    throw new UserError('a group without nodes.', USAGE);
  return groups;
}
