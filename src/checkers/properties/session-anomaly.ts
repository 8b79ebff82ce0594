/** A broken session guarantee as an anomaly: the operations that show it, and a sentence. */
import type { Anomaly } from '../verdict.ts';
import { keyed, said } from './property.ts';
import type { Chains } from './session-chain.ts';
import type { Look, Write } from './session-history.ts';
import type { Missed } from './session-missed.ts';

export function sessionAnomaly(look: Look, missed: Missed, chains: Chains): Anomaly {
  const { type, write, instead, rule, through = [] } = missed;
  const chain = (from: Write, to: Write | Look): readonly number[] =>
    chains.between(from, to).map(({ invoke }) => invoke.index);
  const index = (of: Write | Look): number => of.call.invoke.index;
  const before = rule === 'missing' && instead !== undefined ? chain(instead, write) : [];
  const operations = ((): readonly number[] => {
    switch (rule) {
      case 'missing':
        return [...before.slice(0, -1), ...chain(write, look)];
      case 'again':
        return [...through.map(index), index(look)];
      case 'order':
        return [index(write), index(instead as Write), index(look)];
      case 'follow':
        return [index(write), ...through.map(index), index(instead as Write), index(look)];
    }
  })();
  return {
    type,
    ...keyed(look.key),
    why: sentence(look, missed),
    operations,
    detail: { rule, at: Math.max(0, before.length - 1) },
  };
}

function sentence(look: Look, { type, write, instead, rule, through = [] }: Missed): string {
  const read = said(look.call);
  const by = `process ${look.call.invoke.process}`;
  const shows =
    instead === undefined
      ? 'does not show it'
      : `shows ${JSON.stringify(instead.value)}, which is older`;
  switch (rule) {
    case 'again':
      return `${by} saw ${JSON.stringify(instead?.value)}, then ${JSON.stringify(write.value)}, then the first one again in ${read}.`;
    case 'order':
      return `${said(write.call)} came before ${said(instead?.call as Look['call'])} in its session, but ${read} shows the second without the first before it.`;
    case 'follow':
      return `${said(instead?.call as Look['call'])} was sent after ${said(through[0]?.call as Look['call'])} had shown ${JSON.stringify(write.value)}, but ${read} shows it without that before it.`;
    case 'missing':
      if (type === 'read-your-writes')
        return `${by} had completed ${said(write.call)}, but its ${read} ${shows}.`;
      if (type === 'monotonic-reads')
        return `${by} had seen ${said(write.call)} already, but its ${read} ${shows}.`;
      return `${said(write.call)} lies in the past of what ${by} had done and seen before (the operations between tell how), but its ${read} ${shows}.`;
  }
}
