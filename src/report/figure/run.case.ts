/** A short run for tests of its picture: n2 is killed after 1 s and comes back in view 3. */
import type { HistoryEvent, NemesisEvent } from '../../history/event.ts';
import type { FigureInput } from './throughput-figure.ts';

const MS = 1e6;

function answer(index: number, node: string, ms: number, more: Partial<HistoryEvent> = {}) {
  return {
    index,
    process: 0,
    type: 'ok',
    f: 'read',
    key: 1,
    value: null,
    node,
    time: ms * MS,
    ...more,
  } as HistoryEvent;
}

function nemesis(f: string, ms: number, more: Record<string, unknown> = {}): NemesisEvent {
  const value = { id: 1, shape: 'one', nodes: ['n2'], links: [], params: {}, ...more };
  return { index: 0, process: 'nemesis', type: 'info', f, value, time: ms * MS };
}

/** Each node answers every 10 ms; n2 does not between 1 and 2 s. */
export function figureInput(): FigureInput {
  const events: HistoryEvent[] = [];
  for (let ms = 5; ms < 3000; ms += 10) {
    events.push(answer(events.length, 'n1', ms));
    if (ms < 1000 || ms > 2000) events.push(answer(events.length, 'n2', ms));
    else events.push(answer(events.length, 'n2', ms, { type: 'fail', error: 'NOTMEMBER' }));
  }
  events.push(
    answer(events.length, 'n1', 2995, { type: 'fail', error: 'mismatch', observed: 4 }),
    answer(events.length, 'n1', 3200),
  );
  return {
    history: {
      header: { hermes: 1, nodes: ['n1', 'n2'] },
      events,
      nemesis: [
        nemesis('start kill', 1000),
        nemesis('stop kill', 2000, { endedNs: 1800 * MS, counters: { killed: 1 } }),
      ],
    },
    samples: [
      { time: 0, type: 'view', node: 'n1', epoch: 1, members: [] },
      { time: 0, type: 'state', node: 'n1', state: 'serving' },
      { time: 0, type: 'state', node: 'n2', state: 'serving' },
      { time: 1050 * MS, type: 'state', node: 'n2', state: 'silent' },
      { time: 1200 * MS, type: 'view', node: 'n1', epoch: 2, members: [] },
      { time: 1850 * MS, type: 'view', node: 'n2', epoch: 0, members: [] },
      { time: 1900 * MS, type: 'view', node: 'n1', epoch: 3, members: [] },
      { time: 1950 * MS, type: 'view', node: 'n2', epoch: 3, members: [] },
      { time: 2000 * MS, type: 'state', node: 'n2', state: 'serving' },
      { time: 3000 * MS, type: 'phase', phase: 'rejoining' },
      { time: 3100 * MS, type: 'view', node: 'n1', epoch: 4, members: [] },
    ],
    subtitle: 'hermes <5 nodes> & "more" · seed 7',
  };
}
