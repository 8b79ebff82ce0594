/** What a replica's log says at its usual level: a line per view, and when it may serve and when not. */
import type { NodeRef } from '../../base/operation.ts';
import type { ProtocolEvent } from '../machine.ts';
import type { View } from '../membership.ts';
import { printView } from '../membership/messages.ts';

/** The line for an event; undefined: it is for traces only. */
export function notice(event: ProtocolEvent): string | undefined {
  return NOTICES[event.type]?.(event.detail as Detail);
}

interface Detail {
  readonly self: NodeRef;
  readonly view: View;
  readonly promoted: boolean;
  readonly agoUs: number;
}

const NOTICES: Readonly<Record<string, (detail: Detail) => string>> = {
  install: ({ self, view, promoted }) => {
    const copies = view.shadow.some((ref) => ref.id === self.id);
    return `${printView(view)}${copies ? ': copies the data' : promoted ? ': promoted, it has all data' : ''}`;
  },
  leave: ({ view }) => `${printView(view)}: not in it any more, everything is forgotten`,
  serves: () => 'has a lease: serves',
  lapse: ({ agoUs }) => `its lease ran out ${Math.round(agoUs / 1000)} ms ago: refuses`,
  lost: ({ view }) => `LOST: no full member of ${printView(view)} has its memory any more`,
  found: ({ view }) => `not lost after all: somebody knows a later view than ${view.epoch}`,
};
